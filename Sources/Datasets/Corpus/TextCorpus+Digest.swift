import Crypto

extension TextCorpus {
  /// The SHA-256 of the (unpacked) text in lower-case hexadecimal; reads all of it.
  public var sha256: String {
    withUnsafeBytes { bytes in
      var hasher = SHA256()
      hasher.update(bufferPointer: bytes)
      return hasher.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
  }
}
