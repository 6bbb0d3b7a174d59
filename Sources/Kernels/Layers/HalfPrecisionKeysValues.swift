import CKernels

/// `PackedKeysValues` in float16: half the memory, and values rounded to 11 significant bits.
///
/// What is attended to has passed through the cache, for a prompt as for a single token, so that both give the same
/// bits. Blocks are widened, a key-value head at a time, before the kernels read them.
package final class HalfPrecisionKeysValues {
  package let shape: AttentionShape
  /// Positions there is room for: a multiple of 64.
  package let capacity: Int
  private let keyStorage: Storage
  private let valueStorage: Storage
  /// One key-value head, in float32.
  private let block: PackedKeysValues

  private static let blockLength = Int(BITNET_KEY_BLOCK)

  package init(shape: AttentionShape, capacity: Int) {
    self.shape = shape
    self.capacity = (capacity + Self.blockLength - 1) / Self.blockLength * Self.blockLength
    keyStorage = Storage(byteCount: self.capacity * shape.keyValueHeads * shape.headDimension * 2)
    valueStorage = Storage(byteCount: self.capacity * shape.keyValueHeads * shape.paddedDimension * 2)
    block = PackedKeysValues(shape: Self.single(shape), capacity: Self.blockLength)
  }

  private static func single(_ shape: AttentionShape) -> AttentionShape {
    AttentionShape(heads: shape.groupSize, keyValueHeads: 1, headDimension: shape.headDimension)
  }

  private func keys(ofHead head: Int) -> UnsafeMutablePointer<UInt16> {
    keyStorage.elements(of: UInt16.self) + head * capacity * shape.headDimension
  }

  private func values(ofHead head: Int) -> UnsafeMutablePointer<UInt16> {
    valueStorage.elements(of: UInt16.self) + head * capacity * shape.paddedDimension
  }

  /// Stores the keys and values of positions `first ..< first + count`, rounded.
  /// - Parameters:
  ///   - keys, values: float32 [count, keyValueHeads · headDimension].
  package func store(keys: UnsafePointer<Float>, values: UnsafePointer<Float>, first: Int, count: Int) {
    require(first >= 0 && first + count <= capacity, "positions \(first)..<\(first + count) of \(capacity)")
    for head in 0..<shape.keyValueHeads {
      var position = first
      while position < first + count {
        let length = min(Self.blockLength - position % Self.blockLength, first + count - position)
        let offset = (position - first) * shape.keyValueWidth + head * shape.headDimension
        storeInBlock(head, keys + offset, values + offset, position: position, count: length)
        position += length
      }
    }
  }

  private func storeInBlock(
    _ head: Int, _ keys: UnsafePointer<Float>, _ values: UnsafePointer<Float>, position: Int, count: Int
  ) {
    let kernels = KernelTable.current
    let within = position % Self.blockLength
    let (keyCount, valueCount) = (Self.blockLength * shape.headDimension, Self.blockLength * shape.paddedDimension)
    let storedKeys = self.keys(ofHead: head) + (position - within) * shape.headDimension
    let storedValues = self.values(ofHead: head) + (position - within) * shape.paddedDimension
    let (blockKeys, blockValues) = (block.keys(ofHead: 0), block.values(ofHead: 0))
    // Rounded numbers survive a second rounding.
    if within > 0 {
      kernels.widen_halves(storedKeys, keyCount, blockKeys)
      kernels.widen_halves(storedValues, valueCount, blockValues)
    }
    kernels.attention_pack(
      keys, values, shape.keyValueWidth, within, count, shape.kernelShape, blockKeys, blockValues)
    kernels.narrow_floats(blockKeys, keyCount, storedKeys)
    kernels.narrow_floats(blockValues, valueCount, storedValues)
  }

  /// Causal attention of the query rows at positions `first ..< first + count` over what is stored.
  /// - Parameters:
  ///   - queries, output: float32 [count, heads · headDimension].
  package func attend(
    queries: UnsafePointer<Float>, first: Int, count: Int, output: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let shape = shape
    let pool = ThreadPool.current
    let length = (first + count + Self.blockLength - 1) / Self.blockLength * Self.blockLength
    let widened = (0..<pool.threadCount).map { _ in PackedKeysValues(shape: Self.single(shape), capacity: length) }
    let scratches = widened.map { _ in AttentionKernel.forwardScratch(shape) }
    let minimum = max(1, 8192 / (count * length * shape.queryWidth / shape.keyValueHeads))
    pool.forEachPart(of: shape.keyValueHeads, minimumPerThread: minimum) { part, range in
      let (keys, values) = (widened[part].keys(ofHead: 0), widened[part].values(ofHead: 0))
      for keyValueHead in range {
        kernels.widen_halves(self.keys(ofHead: keyValueHead), length * shape.headDimension, keys)
        kernels.widen_halves(self.values(ofHead: keyValueHead), length * shape.paddedDimension, values)
        kernels.attend(
          heads: shape.queryHeads(ofKeyValueHead: keyValueHead), shape, first: first, count: count, queries: queries,
          keys: keys, values: values, output: output, scratch: scratches[part])
      }
    }
  }
}
