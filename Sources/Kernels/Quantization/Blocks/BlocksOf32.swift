/// Q4_0, Q4_1, Q5_0 and Q5_1: 32 elements under one float16 scale d. The _0 forms are symmetric, (q − 8)·d or
/// (q − 16)·d; the _1 forms have a float16 minimum m after d, q·d + m.
///
/// Nibbles: byte j holds element j in its low half and element 16 + j in its high one. The fifth bits are those of a
/// 32-bit word, bit i that of element i, between the scales and the nibbles.
enum BlocksOf32 {
  static let blockSize = 32

  static func decodeFourBits(_ bytes: UnsafeRawPointer, blocks: Int, into values: UnsafeMutablePointer<Float>) {
    for block in 0..<blocks {
      let (source, destination) = (bytes + block * 18, values + block * blockSize)
      let scale = source.float16(at: 0)
      let nibbles = (source + 2).assumingMemoryBound(to: UInt8.self)
      for lane in 0..<16 {
        destination[lane] = Float(Int32(nibbles[lane] & 15) &- 8) * scale
        destination[16 + lane] = Float(Int32(nibbles[lane] >> 4) &- 8) * scale
      }
    }
  }

  static func decodeFourBitsAboveMinimum(
    _ bytes: UnsafeRawPointer, blocks: Int, into values: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<blocks {
      let (source, destination) = (bytes + block * 20, values + block * blockSize)
      let (scale, minimum) = (source.float16(at: 0), source.float16(at: 2))
      let nibbles = (source + 4).assumingMemoryBound(to: UInt8.self)
      for lane in 0..<16 {
        destination[lane] = Float(Int32(nibbles[lane] & 15)) * scale + minimum
        destination[16 + lane] = Float(Int32(nibbles[lane] >> 4)) * scale + minimum
      }
    }
  }

  static func decodeFiveBits(_ bytes: UnsafeRawPointer, blocks: Int, into values: UnsafeMutablePointer<Float>) {
    for block in 0..<blocks {
      let (source, destination) = (bytes + block * 22, values + block * blockSize)
      let scale = source.float16(at: 0)
      let fifths = fifthBits(source + 2)
      let nibbles = (source + 6).assumingMemoryBound(to: UInt8.self)
      for lane in 0..<16 {
        let (low, high) = fiveBits(nibbles[lane], fifths, lane)
        destination[lane] = Float(low &- 16) * scale
        destination[16 + lane] = Float(high &- 16) * scale
      }
    }
  }

  static func decodeFiveBitsAboveMinimum(
    _ bytes: UnsafeRawPointer, blocks: Int, into values: UnsafeMutablePointer<Float>
  ) {
    for block in 0..<blocks {
      let (source, destination) = (bytes + block * 24, values + block * blockSize)
      let (scale, minimum) = (source.float16(at: 0), source.float16(at: 2))
      let fifths = fifthBits(source + 4)
      let nibbles = (source + 8).assumingMemoryBound(to: UInt8.self)
      for lane in 0..<16 {
        let (low, high) = fiveBits(nibbles[lane], fifths, lane)
        destination[lane] = Float(low) * scale + minimum
        destination[16 + lane] = Float(high) * scale + minimum
      }
    }
  }

  private static func fifthBits(_ bytes: UnsafeRawPointer) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
  }

  /// Elements `lane` and 16 + `lane`.
  @inline(__always)
  private static func fiveBits(_ nibbles: UInt8, _ fifths: UInt32, _ lane: Int) -> (Int32, Int32) {
    let (low, high) = (fifths &>> UInt32(truncatingIfNeeded: lane), fifths &>> UInt32(truncatingIfNeeded: lane + 16))
    return (
      Int32(truncatingIfNeeded: UInt32(nibbles & 15) | (low & 1) << 4),
      Int32(truncatingIfNeeded: UInt32(nibbles >> 4) | (high & 1) << 4)
    )
  }
}
