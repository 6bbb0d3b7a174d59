/// Q4_K: float16 d and dmin, 12 bytes of scales and minima, 128 of nibbles. Groups of 32, value = d·scale·q − dmin·min.
///
/// 32 bytes hold two groups: the first in their low nibbles, the second in the high ones.
enum Q4K {
  private static let blockBytes = 144

  static func decode(_ bytes: UnsafeRawPointer, blocks: Int, into values: UnsafeMutablePointer<Float>) {
    for block in 0..<blocks {
      let source = bytes + block * blockBytes
      let (scale, minimum) = (source.float16(at: 0), source.float16(at: 2))
      let packed = (source + 4).assumingMemoryBound(to: UInt8.self)
      for pair in 0..<4 {
        let first = SuperBlock.scaleAndMinimum(packed, group: 2 * pair)
        let second = SuperBlock.scaleAndMinimum(packed, group: 2 * pair + 1)
        let (firstScale, firstMinimum) = (scale * first.scale, minimum * first.minimum)
        let (secondScale, secondMinimum) = (scale * second.scale, minimum * second.minimum)
        let nibbles = packed + 12 + 32 * pair
        let destination = values + block * SuperBlock.blockSize + 64 * pair
        for lane in 0..<32 {
          destination[lane] = firstScale * Float(Int32(nibbles[lane] & 15)) - firstMinimum
          destination[32 + lane] = secondScale * Float(Int32(nibbles[lane] >> 4)) - secondMinimum
        }
      }
    }
  }
}

/// Q5_K: Q4_K with 32 bytes of fifth bits before the nibbles: bit g of byte l belongs to element l of group g.
enum Q5K {
  private static let blockBytes = 176

  static func decode(_ bytes: UnsafeRawPointer, blocks: Int, into values: UnsafeMutablePointer<Float>) {
    for block in 0..<blocks {
      let source = bytes + block * blockBytes
      let (scale, minimum) = (source.float16(at: 0), source.float16(at: 2))
      let packed = (source + 4).assumingMemoryBound(to: UInt8.self)
      let fifths = packed + 12
      for pair in 0..<4 {
        let first = SuperBlock.scaleAndMinimum(packed, group: 2 * pair)
        let second = SuperBlock.scaleAndMinimum(packed, group: 2 * pair + 1)
        let (firstScale, firstMinimum) = (scale * first.scale, minimum * first.minimum)
        let (secondScale, secondMinimum) = (scale * second.scale, minimum * second.minimum)
        let nibbles = packed + 44 + 32 * pair
        let shift = UInt8(truncatingIfNeeded: 2 * pair)
        let destination = values + block * SuperBlock.blockSize + 64 * pair
        for lane in 0..<32 {
          let bits = fifths[lane] &>> shift
          let (low, high) = (nibbles[lane] & 15 | (bits & 1) << 4, nibbles[lane] >> 4 | (bits & 2) << 3)
          destination[lane] = firstScale * Float(Int32(low)) - firstMinimum
          destination[32 + lane] = secondScale * Float(Int32(high)) - secondMinimum
        }
      }
    }
  }
}
