import FileFormats
import Synchronization

extension TextCorpus {
  /// The SHA-256 of the (unpacked) text in lower-case hexadecimal; reads all of it when it is first asked for.
  public var sha256: String {
    digest.value {
      withUnsafeBytes { bytes in
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexadecimal
      }
    }
  }
}

/// A text that is computed once.
final class RememberedDigest: Sendable {
  private let stored = Mutex<String?>(nil)

  func value(_ compute: () -> String) -> String {
    stored.withLock { stored in
      if let stored { return stored }
      let computed = compute()
      stored = computed
      return computed
    }
  }
}
