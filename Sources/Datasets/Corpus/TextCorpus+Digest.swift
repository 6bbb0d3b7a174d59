import FileFormats
import Synchronization

extension TextCorpus {
  /// The SHA-256 of the (unpacked) text in lower-case hexadecimal; reads all of it when it is first asked for.
  /// - Throws: as ``bytes(in:)``.
  public var sha256: String {
    get throws {
      try digest.value {
        var hash = SHA256()
        try forEachBlock(in: 0..<byteCount) { hash.update($0) }
        return hash.hexadecimal
      }
    }
  }
}

/// A text that is computed once.
final class RememberedDigest: Sendable {
  private let stored = Mutex<String?>(nil)

  func value(_ compute: () throws -> String) throws -> String {
    try stored.withLock { stored in
      if let stored { return stored }
      let computed = try compute()
      stored = computed
      return computed
    }
  }
}
