/// Q2_K: 16 bytes of scales, 64 of codes, float16 d and dmin. Groups of 16: the low nibble of scale byte g is the scale
/// of group g, the high one its minimum; value = d·scale·q − dmin·min.
///
/// Bits 2p and 2p + 1 of code byte 32h + l belong to element 128h + 32p + l.
enum Q2K {
  private static let blockBytes = 84

  static func decode(_ bytes: UnsafeRawPointer, blocks: Int, into values: UnsafeMutablePointer<Float>) {
    for block in 0..<blocks {
      let source = bytes + block * blockBytes
      let (scale, minimum) = (source.float16(at: 80), source.float16(at: 82))
      let scales = source.assumingMemoryBound(to: UInt8.self)
      for group in 0..<16 {
        let groupScale = scale * Float(scales[group] & 15)
        let groupMinimum = minimum * Float(scales[group] >> 4)
        let codes = scales + 16 + 32 * (group / 8) + 16 * (group % 2)
        let shift = UInt8(truncatingIfNeeded: group / 2 % 4 * 2)
        let destination = values + block * SuperBlock.blockSize + 16 * group
        for lane in 0..<16 {
          destination[lane] = groupScale * Float(Int32(codes[lane] &>> shift & 3)) - groupMinimum
        }
      }
    }
  }
}

/// Q3_K: 32 bytes of third bits, 64 of codes as in Q2_K, 12 of scales, float16 d. Groups of 16, value = d·scale·q with
/// q from −4 to 3: a third bit that is missing takes 4 away. Bit 4h + p of mask byte l belongs to element
/// 128h + 32p + l.
///
/// The scales have six bits, less 32: group g's low nibble lies in byte g % 8, low half first, and its high two bits in
/// bits 2·(g / 4) of byte 8 + g % 4.
enum Q3K {
  private static let blockBytes = 110

  static func decode(_ bytes: UnsafeRawPointer, blocks: Int, into values: UnsafeMutablePointer<Float>) {
    for block in 0..<blocks {
      let source = bytes + block * blockBytes
      let scale = source.float16(at: 108)
      let mask = source.assumingMemoryBound(to: UInt8.self)
      for group in 0..<16 {
        let groupScale = scale * Float(Self.scale(mask + 96, group: group))
        let half = 16 * (group % 2)
        let (thirds, codes) = (mask + half, mask + 32 + 32 * (group / 8) + half)
        let (shift, thirdShift) = (UInt8(truncatingIfNeeded: group / 2 % 4 * 2), UInt8(truncatingIfNeeded: group / 2))
        let destination = values + block * SuperBlock.blockSize + 16 * group
        for lane in 0..<16 {
          let code = codes[lane] &>> shift & 3 | (thirds[lane] &>> thirdShift & 1) << 2
          destination[lane] = groupScale * Float(Int32(code) &- 4)
        }
      }
    }
  }

  @inline(__always)
  private static func scale(_ packed: UnsafePointer<UInt8>, group: Int) -> Int32 {
    let low = packed[group % 8] &>> UInt8(truncatingIfNeeded: group / 8 * 4) & 15
    let high = packed[8 + group % 4] &>> UInt8(truncatingIfNeeded: group / 4 * 2) & 3
    return Int32(low | high << 4) &- 32
  }
}
