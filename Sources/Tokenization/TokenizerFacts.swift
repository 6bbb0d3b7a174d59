import FileFormats

/// Collects what decides which ids a text gets into one hash.
struct TokenizerFacts {
  private var hash = SHA256()

  init(kind: String) { add("kind", kind) }

  mutating func add(_ name: String, _ value: String) { add(name, Array(value.utf8)) }

  /// Lengths are part of it, so that no two lists of facts run together to the same bytes.
  mutating func add(_ name: String, _ value: some Collection<UInt8>) {
    for part in [Array(name.utf8), Array(value)] {
      withUnsafeBytes(of: UInt64(part.count).littleEndian) { hash.update($0) }
      part.withUnsafeBytes { hash.update($0) }
    }
  }

  /// In lower-case hexadecimal.
  var fingerprint: String { hash.hexadecimal }
}
