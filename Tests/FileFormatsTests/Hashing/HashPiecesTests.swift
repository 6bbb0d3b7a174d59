import FileFormats
import Kernels
import Testing

/// The digest depends on the bytes alone: not on the pieces they come in, nor on the instructions.
@Suite struct HashPiecesTests {
  /// Around the ends of blocks and of their padding.
  static let lengths = Array(0...130) + [1_000, 4_096, 10_007]

  @Test(arguments: [UInt64(1), 2, 3]) func piecesOfAnySizeGiveTheSameDigest(seed: UInt64) {
    var random = RandomStream(seed: seed, purpose: .shuffle)
    for length in Self.lengths {
      let bytes = randomBytes(length, seed: seed)
      expectSameDigest(SHA256.self, bytes, &random)
      expectSameDigest(MD5.self, bytes, &random)
    }
  }

  @Test func theInstructionsOfTheProcessorAgreeWithPlainC() {
    for length in Self.lengths {
      let bytes = randomBytes(length, seed: UInt64(length))
      let fast = digest(SHA256.self, bytes)
      let plain = KernelPath.$current.withValue(.portable) { digest(SHA256.self, bytes) }
      #expect(fast == plain, "\(length) bytes")
    }
  }

  @Test func moreMayFollowADigest() {
    var hash = SHA256()
    hash.update("a")
    #expect(hash.hexadecimal == SHA256.hexadecimal(of: "a"))
    hash.update("bc")
    #expect(hash.hexadecimal == SHA256.hexadecimal(of: "abc"))
  }

  private func digest<Function: HashFunction>(_: Function.Type, _ bytes: [UInt8]) -> [UInt8] {
    var hash = Function()
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.finalize()
  }

  private func expectSameDigest<Function: HashFunction>(
    _ function: Function.Type, _ bytes: [UInt8], _ random: inout some RandomNumberGenerator
  ) {
    var hash = Function()
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 0...150, using: &random))
      Array(piece).withUnsafeBytes { hash.update($0) }
      rest = rest[piece.endIndex...]
    }
    #expect(hash.finalize() == digest(function, bytes), "\(bytes.count) bytes")
  }
}

/// The same bytes for the same seed.
func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  var random = RandomStream(seed: seed, purpose: .sampling)
  return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}
