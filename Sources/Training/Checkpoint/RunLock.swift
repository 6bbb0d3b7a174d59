import FileFormats
import Foundation

/// Keeps a second process out of a run folder. The operating system frees it when its holder ends, however it ends.
final class RunLock {
  static let fileName = "run.lock"

  private let descriptor: Int32

  /// - Throws: `RunError.inUse`, `FileError`.
  init(_ folder: URL) throws {
    let path = folder.appendingPathComponent(Self.fileName).path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.systemCall("lock", path: path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure = errno
      let holder = try? String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
      // deinit closes the file: the object is complete. Closed twice, another thread's file of that number would go.
      guard failure == EWOULDBLOCK else {
        throw FileError.systemCall("lock", path: path, errorNumber: failure)
      }
      throw RunError.inUse(path: folder.path, process: holder.flatMap { $0.isEmpty ? nil : "process \($0)" })
    }
    // For the message of the process that is kept out; nothing depends on it.
    let text = Array("\(getpid())\n".utf8)
    if ftruncate(descriptor, 0) == 0 { _ = write(descriptor, text, text.count) }
  }

  /// Whether the folder still is where it was locked.
  func isHeld(at folder: URL) -> Bool {
    var (held, named) = (stat(), stat())
    guard fstat(descriptor, &held) == 0, stat(folder.appendingPathComponent(Self.fileName).path, &named) == 0 else {
      return false
    }
    return held.st_dev == named.st_dev && held.st_ino == named.st_ino
  }

  deinit { close(descriptor) }
}
