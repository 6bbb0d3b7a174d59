import FileFormats
import Foundation
import Kernels
import TestSupport
import Testing

/// Published digests.
@Suite struct HashVectorTests {
  /// FIPS 180-2, appendices B.1 to B.3, and the empty text.
  static let sha256: [(text: String, digest: String)] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ]

  /// RFC 1321, appendix A.5.
  static let md5: [(text: String, digest: String)] = [
    ("", "d41d8cd98f00b204e9800998ecf8427e"),
    ("a", "0cc175b9c0f1b6a831c399e269772661"),
    ("abc", "900150983cd24fb0d6963f7d28e17f72"),
    ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"),
    (String(repeating: "1234567890", count: 8), "57edf4a22be3c955ac49da2e2107b67a"),
  ]

  @Test(arguments: sha256) func sha256GivesThePublishedDigests(text: String, digest: String) {
    #expect(SHA256.hexadecimal(of: text) == digest)
    KernelPath.$current.withValue(.portable) { #expect(SHA256.hexadecimal(of: text) == digest) }
  }

  @Test(arguments: md5) func md5GivesThePublishedDigests(text: String, digest: String) {
    #expect(MD5.hexadecimal(of: text) == digest)
  }

  @Test func aFileIsHashedInPieces() throws {
    let directory = try TemporaryDirectory()
    let bytes = randomBytes((2 << 20) + 77, seed: 1)
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    #expect(try SHA256.hexadecimal(of: directory.file("large", Data(bytes))) == hash.hexadecimal)
    #expect(try SHA256.hexadecimal(of: directory.file("empty")) == Self.sha256[0].digest)
  }

  @Test func everyByteHasTwoDigits() {
    #expect(SHA256.hexadecimal([0, 1, 15, 16, 255]) == "00010f10ff")
  }
}
