import Kernels

/// The keys of a file, which can be read again while others are let in.
public final class KeyRing: Sendable {
  private let file: String
  private let keys: SystemMutex<APIKeys>

  /// - Throws: `FileError`, `APIKeyFileError`.
  public init(file: String) throws {
    self.file = file
    keys = SystemMutex(try APIKeys(file: file))
  }

  /// Takes the keys that are in the file now; where there is something wrong with it, those that were known stay.
  /// - Throws: `FileError`, `APIKeyFileError`.
  public func reload() throws {
    let new = try APIKeys(file: file)
    keys.withLock { $0 = new }
  }

  public func entry(forKey key: String) -> APIKeys.Entry? { keys.withLock { $0 }.entry(forKey: key) }
}
