/// Q6_K: 128 bytes of nibbles, 64 of high bits, 16 signed scales, float16 d. Groups of 16, value = d·scale·(q − 32).
///
/// Half h of the block, elements 128h + 32p + l: bits 2p and 2p + 1 of high byte 32h + l, and the low (p < 2) or high
/// nibble of byte 64h + 32·(p % 2) + l.
enum Q6K {
  private static let blockBytes = 210

  static func decode(_ bytes: UnsafeRawPointer, blocks: Int, into values: UnsafeMutablePointer<Float>) {
    for block in 0..<blocks {
      let source = bytes + block * blockBytes
      let scale = source.float16(at: 208)
      let nibbles = source.assumingMemoryBound(to: UInt8.self)
      let scales = (source + 192).assumingMemoryBound(to: Int8.self)
      for group in 0..<16 {
        let groupScale = scale * Float(scales[group])
        let (half, plane, place) = (group / 8, group / 2 % 4, group % 2 * 16)
        let low = nibbles + 64 * half + 32 * (plane % 2) + place
        let high = nibbles + 128 + 32 * half + place
        let nibbleShift = UInt8(truncatingIfNeeded: plane / 2 * 4)
        let highShift = UInt8(truncatingIfNeeded: plane * 2)
        let destination = values + block * SuperBlock.blockSize + 16 * group
        for lane in 0..<16 {
          let code = low[lane] &>> nibbleShift & 15 | (high[lane] &>> highShift & 3) << 4
          destination[lane] = groupScale * Float(Int32(code) &- 32)
        }
      }
    }
  }
}
