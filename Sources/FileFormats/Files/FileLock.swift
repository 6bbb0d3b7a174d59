import Foundation

/// Says that a file under a temporary name is still wanted, for as long as this object lives: the advisory lock that
/// `AtomicDirectory.removeLeftovers` respects.
package final class FileLock {
  private let descriptor: Int32

  /// - Throws: `FileError` when the file is not there.
  package init(_ url: URL) throws {
    descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.systemCall("open", path: url.path) }
    _ = flock(descriptor, LOCK_SH | LOCK_NB)
  }

  deinit { close(descriptor) }
}
