/// Philox4x32-10, a counter-based random generator (Salmon et al., SC 2011).
///
/// The value at a position is a pure function of `(seed, stream, index)`: nothing has to be replayed on resume and
/// threads need no shared state. The kernels of stochastic rounding compute the same function in C.
public enum Philox {
  /// Four uniform 32-bit words at `index` of `stream`.
  @inlinable
  public static func block(seed: UInt64, stream: UInt64, index: UInt64) -> SIMD4<UInt32> {
    var counter = SIMD4<UInt32>(
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
      UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
    var key0 = UInt32(truncatingIfNeeded: seed)
    var key1 = UInt32(truncatingIfNeeded: seed >> 32)
    for _ in 0..<10 {
      let product0 = UInt64(0xD251_1F53) * UInt64(counter.x)
      let product1 = UInt64(0xCD9E_8D57) * UInt64(counter.z)
      counter = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ counter.y ^ key0,
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ counter.w ^ key1,
        UInt32(truncatingIfNeeded: product0))
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
    }
    return counter
  }
}

/// What a random stream is used for; keeps the streams of one seed apart.
public enum RandomPurpose: UInt64, Sendable {
  case initialization = 1
  case dataWindows = 2
  case dropout = 3
  case stochasticRounding = 4
  case sampling = 5
  case shuffle = 6
}

/// A sequential view of one Philox stream, whose whole state is a position.
public struct RandomStream: RandomNumberGenerator, Equatable, Sendable {
  public let seed: UInt64
  public let stream: UInt64
  /// Number of 64-bit values drawn so far.
  public var position: UInt64

  /// - Parameter substream: distinguishes the streams of one purpose, e.g. parameters; below 2^56.
  @inlinable
  public init(seed: UInt64, purpose: RandomPurpose, substream: UInt64 = 0, position: UInt64 = 0) {
    self.seed = seed
    self.stream = purpose.rawValue << 56 | substream
    self.position = position
  }

  @inlinable
  public mutating func next() -> UInt64 {
    let block = Philox.block(seed: seed, stream: stream, index: position / 2)
    defer { position += 1 }
    return position % 2 == 0
      ? UInt64(block.y) << 32 | UInt64(block.x)
      : UInt64(block.w) << 32 | UInt64(block.z)
  }

  /// Uniform in [0, 1), with 24 random bits.
  @inlinable
  public mutating func nextUniform() -> Float {
    Float(next() >> 40) * 0x1p-24
  }
}
