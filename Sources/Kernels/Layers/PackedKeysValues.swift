import CKernels

/// Keys and values of one sequence, packed for the attention kernels: the KV cache of decoding, and the scratch of
/// training. Blocks of 64 keys are transposed, so that scores run over keys in the vector lanes.
///
/// In float16 they take half the memory. What is attended to has been rounded once, for a prompt as for a single token,
/// so that both give the same bits.
package final class PackedKeysValues {
  package let shape: AttentionShape
  /// Positions there is room for: a multiple of 64.
  package let capacity: Int
  let kernelShape: bitnet_attention_shape
  private let keyStorage: Storage
  private let valueStorage: Storage

  /// - Parameter inHalves: kept in float16 instead of float32.
  package init(shape: AttentionShape, capacity: Int, inHalves: Bool = false) {
    let block = Int(BITNET_KEY_BLOCK)
    self.shape = shape
    self.capacity = (capacity + block - 1) / block * block
    kernelShape = shape.kernelShape(inHalves: inHalves)
    let rowBytes = self.capacity * shape.keyValueHeads * (inHalves ? 2 : 4)
    keyStorage = Storage(byteCount: rowBytes * shape.headDimension)
    valueStorage = Storage(byteCount: rowBytes * shape.paddedDimension)
  }

  func keys(ofHead head: Int) -> UnsafeMutableRawPointer {
    keyStorage.pointer + keyStorage.byteCount / shape.keyValueHeads * head
  }

  func values(ofHead head: Int) -> UnsafeMutableRawPointer {
    valueStorage.pointer + valueStorage.byteCount / shape.keyValueHeads * head
  }

  func forwardScratch() -> Storage { Storage(byteCount: bitnet_attention_scratch(kernelShape) * 4) }

  /// Stores the keys and values of positions `first ..< first + count`.
  /// - Parameters:
  ///   - keys, values: float32 [count, keyValueHeads · headDimension].
  package func store(keys: UnsafePointer<Float>, values: UnsafePointer<Float>, first: Int, count: Int) {
    require(first >= 0 && first + count <= capacity, "positions \(first)..<\(first + count) of \(capacity)")
    let kernels = KernelTable.current
    // With few threads, a head's keys are then in the caches of the one that attends to them.
    let minimum = max(1, Self.numbersWorthAThread / (count * shape.headDimension))
    ThreadPool.current.forEachRange(of: shape.keyValueHeads, minimumPerThread: minimum) { heads in
      for head in heads {
        let offset = head * shape.headDimension
        kernels.attention_pack(
          keys + offset, values + offset, shape.keyValueWidth, first, count, kernelShape, self.keys(ofHead: head),
          self.values(ofHead: head))
      }
    }
  }

  /// Each is written to a line of its own, which comes from memory.
  private static let numbersWorthAThread = 256

  /// Causal attention of the query rows at positions `first ..< first + count` over what is stored.
  /// - Parameters:
  ///   - queries, output: float32 [count, heads · headDimension].
  package func attend(
    queries: UnsafePointer<Float>, first: Int, count: Int, output: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let pool = ThreadPool.current
    let scratches = (0..<pool.threadCount).map { _ in forwardScratch() }
    let minimum = max(1, 8192 / (count * (first + count) * shape.headDimension))
    pool.forEachPart(of: shape.heads, minimumPerThread: minimum) { part, range in
      for keyValueHead in range.lowerBound / shape.groupSize...(range.upperBound - 1) / shape.groupSize {
        attend(
          heads: shape.queryHeads(ofKeyValueHead: keyValueHead).clamped(to: range), over: keyValueHead, first: first,
          count: count, queries: queries, output: output, scratch: scratches[part], on: kernels)
      }
    }
  }

  /// On the calling thread.
  private func attend(
    heads: Range<Int>, over keyValueHead: Int, first: Int, count: Int, queries: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, scratch: Storage, on kernels: bitnet_kernels
  ) {
    let (width, hd) = (shape.queryWidth, shape.headDimension)
    let (keys, values) = (keys(ofHead: keyValueHead), values(ofHead: keyValueHead))
    if count == 1 {
      // The heads are the rows of one call, which reads every key once.
      let offset = heads.lowerBound * hd
      kernels.attention_forward(
        queries + offset, hd, first, 0, heads.count, nil, keys, values, kernelShape, output + offset, hd, nil,
        scratch.elements())
      return
    }
    for offset in heads.map({ $0 * hd }) {
      kernels.attention_forward(
        queries + offset, width, first, 1, count, nil, keys, values, kernelShape, output + offset, width, nil,
        scratch.elements())
    }
  }
}
