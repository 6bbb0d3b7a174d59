import Crypto
import FileFormats
import Foundation

/// Hashes of files of any size, as lower-case hexadecimal digits.
enum FileDigest {
  static func sha256(of url: URL) throws -> String { try digest(of: url, SHA256()) }

  /// For comparison with published sums only; MD5 protects against accidents, not against intent.
  static func md5(of url: URL) throws -> String { try digest(of: url, Insecure.MD5()) }

  static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
    digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  private static func digest(of url: URL, _ function: some HashFunction) throws -> String {
    let file = try MappedFile(url, allowsEmpty: true)
    var function = function
    withExtendedLifetime(file) {
      for start in stride(from: 0, to: file.bytes.count, by: 1 << 20) {
        let end = min(file.bytes.count, start + 1 << 20)
        function.update(bufferPointer: UnsafeRawBufferPointer(rebasing: file.bytes[start..<end]))
      }
    }
    return hexadecimal(function.finalize())
  }
}
