/// A brain float: the upper half of a `Float` (8 exponent bits, 8 significant bits).
///
/// Master weights and checkpoints use it. Conversion from `Float` rounds to nearest, ties to even.
public struct BFloat16: Equatable, BitwiseCopyable, Sendable {
  public var bitPattern: UInt16

  @inlinable
  public init(bitPattern: UInt16) {
    self.bitPattern = bitPattern
  }

  /// Rounds to nearest, ties to even; a NaN stays a (quiet) NaN.
  @inlinable
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x0040
    } else {
      let roundingBias = 0x7FFF + ((bits >> 16) & 1)
      bitPattern = UInt16(truncatingIfNeeded: (bits &+ roundingBias) >> 16)
    }
  }

  /// The exact value as a `Float`.
  @inlinable
  public var floatValue: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}
