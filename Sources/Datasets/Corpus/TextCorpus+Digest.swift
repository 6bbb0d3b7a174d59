import FileFormats

extension TextCorpus {
  /// The SHA-256 of the (unpacked) text in lower-case hexadecimal; reads all of it.
  public var sha256: String {
    withUnsafeBytes { bytes in
      var hash = SHA256()
      hash.update(bytes)
      return hash.hexadecimal
    }
  }
}
