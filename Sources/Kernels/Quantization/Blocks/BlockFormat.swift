/// The block quantisations of llama.cpp that are read here and never written: 4- and 5-bit blocks of 32 elements, and
/// the K-quants, super-blocks of 256.
///
/// Values are those of ggml's reference dequantiser in float32, bit for bit: the same products and sums in the same
/// order, without fused operations. Q8_0, which is written too, is a `StoredFloatFormat`.
package enum BlockFormat: String, CaseIterable, Sendable {
  case q4_0, q4_1, q5_0, q5_1
  case q2_k, q3_k, q4_k, q5_k, q6_k

  /// Elements of a block; rows are whole blocks.
  package var blockSize: Int {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1: BlocksOf32.blockSize
    case .q2_k, .q3_k, .q4_k, .q5_k, .q6_k: SuperBlock.blockSize
    }
  }

  package var blockBytes: Int {
    switch self {
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q2_k: 84
    case .q3_k: 110
    case .q4_k: 144
    case .q5_k: 176
    case .q6_k: 210
    }
  }

  /// - Parameter elements: whole blocks.
  package func byteCount(elements: Int) -> Int { elements / blockSize * blockBytes }

  /// - Parameters:
  ///   - bytes: `byteCount(elements: destination.count)` of them, of any alignment.
  ///   - destination: whole blocks.
  package func decode(_ bytes: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Float>) {
    require(
      destination.count.isMultiple(of: blockSize) && bytes.count == byteCount(elements: destination.count),
      "\(bytes.count) bytes of \(rawValue) for \(destination.count) elements")
    guard let source = bytes.baseAddress, let values = destination.baseAddress else { return }
    let blocks = destination.count / blockSize
    switch self {
    case .q4_0: BlocksOf32.decodeFourBits(source, blocks: blocks, into: values)
    case .q4_1: BlocksOf32.decodeFourBitsAboveMinimum(source, blocks: blocks, into: values)
    case .q5_0: BlocksOf32.decodeFiveBits(source, blocks: blocks, into: values)
    case .q5_1: BlocksOf32.decodeFiveBitsAboveMinimum(source, blocks: blocks, into: values)
    case .q2_k: Q2K.decode(source, blocks: blocks, into: values)
    case .q3_k: Q3K.decode(source, blocks: blocks, into: values)
    case .q4_k: Q4K.decode(source, blocks: blocks, into: values)
    case .q5_k: Q5K.decode(source, blocks: blocks, into: values)
    case .q6_k: Q6K.decode(source, blocks: blocks, into: values)
    }
  }
}

extension UnsafeRawPointer {
  /// The float16 at a byte offset of any alignment, widened.
  func float16(at offset: Int) -> Float {
    Float16Conversion.float(fromBits: UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
  }
}
