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
    self.shape = shape
    self.capacity = Self.wholeBlocks(capacity)
    kernelShape = shape.kernelShape(inHalves: inHalves)
    let rowBytes = self.capacity * shape.keyValueHeads * (inHalves ? 2 : 4)
    keyStorage = Storage(byteCount: rowBytes * shape.headDimension)
    valueStorage = Storage(byteCount: rowBytes * shape.paddedDimension)
  }

  /// Bytes of the keys and values of so many positions, once they are all written.
  package static func byteCount(shape: AttentionShape, capacity: Int, inHalves: Bool) -> Int {
    wholeBlocks(capacity) * shape.keyValueHeads * (inHalves ? 2 : 4) * (shape.headDimension + shape.paddedDimension)
  }

  private static func wholeBlocks(_ positions: Int) -> Int {
    let block = Int(BITNET_KEY_BLOCK)
    return (positions + block - 1) / block * block
  }

  func keys(ofHead head: Int) -> UnsafeMutableRawPointer {
    keyStorage.pointer + keyStorage.byteCount / shape.keyValueHeads * head
  }

  func values(ofHead head: Int) -> UnsafeMutableRawPointer {
    valueStorage.pointer + valueStorage.byteCount / shape.keyValueHeads * head
  }

  func forwardScratch() -> Storage { Storage(byteCount: bitnet_attention_scratch(kernelShape) * 4) }

  /// Takes over the first `count` positions of another sequence.
  /// - Parameter other: of the same shape and precision, with room for as many.
  package func copyPrefix(_ count: Int, of other: PackedKeysValues) {
    require(
      shape == other.shape && kernelShape.in_halves == other.kernelShape.in_halves,
      "keys and values of another shape or precision")
    require(count >= 0 && count <= min(capacity, other.capacity), "\(count) positions of \(other.capacity)")
    let block = Int(BITNET_KEY_BLOCK)
    let bytes = kernelShape.in_halves != 0 ? 2 : 4
    // Keys lie in whole blocks; what is behind the last of them no query of these positions looks at.
    let keyBytes = (count + block - 1) / block * block * shape.headDimension * bytes
    let valueBytes = count * shape.paddedDimension * bytes
    ThreadPool.current.forEachRange(of: shape.keyValueHeads) { heads in
      for head in heads {
        keys(ofHead: head).copyMemory(from: other.keys(ofHead: head), byteCount: keyBytes)
        values(ofHead: head).copyMemory(from: other.values(ofHead: head), byteCount: valueBytes)
      }
    }
  }
}
