/// What the K-quants have in common: 256 elements in groups of 16 or 32, each group with an integer scale of its own
/// under the float16 scale of the super-block.
enum SuperBlock {
  static let blockSize = 256

  /// The eight 6-bit scales and minima of Q4_K and Q5_K in 12 bytes. Bytes 0–3 and 4–7 hold scales and minima 0–3 in
  /// their low six bits and, in their high two, the top bits of 4–7, whose low nibbles share bytes 8–11.
  /// - Parameter group: 0 to 7.
  @inline(__always)
  static func scaleAndMinimum(_ packed: UnsafePointer<UInt8>, group: Int) -> (scale: Float, minimum: Float) {
    guard group >= 4 else { return (Float(packed[group] & 63), Float(packed[group + 4] & 63)) }
    let shared = packed[group + 4]
    return (Float(shared & 15 | (packed[group - 4] & 0xC0) >> 2), Float(shared >> 4 | (packed[group] & 0xC0) >> 2))
  }
}
