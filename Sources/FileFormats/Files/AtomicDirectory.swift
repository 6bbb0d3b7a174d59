import Foundation
import Kernels

/// A folder that appears whole or not at all.
///
/// It is filled under a hidden name beside its target. `commit()` synchronises everything and renames. An abandoned
/// one – an error, the object going away – removes what it wrote; after `kill -9` `removeLeftovers(in:)` does.
package final class AtomicDirectory {
  package let target: URL
  /// Where the contents are written until `commit()`.
  package let temporary: URL
  /// Holds an advisory lock on the temporary folder for as long as its writer lives.
  private var lockDescriptor: Int32

  /// Creates the temporary folder, and missing parents of the target.
  /// - Parameter expectedBytes: what is going to be written; refused at once when the disk has less room.
  /// - Throws: `FileError`; `alreadyExists` when the target exists.
  package init(target: URL, expectedBytes: Int? = nil) throws {
    if FileSystem.exists(target) { throw FileError.alreadyExists(path: target.path) }
    if let expectedBytes { try FileSystem.requireFreeBytes(expectedBytes, at: target) }
    try FileSystem.createDirectories(target.deletingLastPathComponent())
    try FileSystem.requireCreatable(target)
    self.target = target
    temporary = TemporaryName.sibling(of: target)
    guard mkdir(temporary.path, 0o777) == 0 else {
      throw FileError.systemCall("create this directory", path: target.path)
    }
    lockDescriptor = open(temporary.path, O_RDONLY | O_CLOEXEC)
    guard lockDescriptor >= 0 else {
      let error = FileError.systemCall("open", path: target.path)
      rmdir(temporary.path)
      throw error
    }
    _ = flock(lockDescriptor, LOCK_EX | LOCK_NB)
  }

  deinit { abandon() }

  /// Writes one file of the folder; `relativePath` may name subfolders, which are created.
  package func write(_ contents: some ContiguousBytes, to relativePath: String) throws {
    try fill { temporary in
      let url = temporary.appendingPathComponent(relativePath)
      try FileSystem.createDirectories(url.deletingLastPathComponent())
      let file = try OutputFile(creating: url, expectedBytes: contents.withUnsafeBytes(\.count))
      try file.write(contents)
      try file.finish()
    }
  }

  /// Lets `body` write into the temporary folder; errors of files there name them as they are going to be called.
  package func fill<Result>(_ body: (URL) throws -> Result) throws -> Result {
    do { return try body(temporary) } catch let error as FileError {
      throw error.naming(target, insteadOf: temporary)
    }
  }

  /// Makes the folder appear under its target name. On failure the temporary is removed and nothing appears.
  package func commit() throws {
    require(lockDescriptor >= 0, "commit() of a directory that was committed or abandoned: \(target.path)")
    do {
      try fill { try FileSystem.synchronizeTree($0) }
      if FileSystem.exists(target) { throw FileError.alreadyExists(path: target.path) }
      try fill { try FileSystem.rename($0, to: target) }
    } catch {
      abandon()
      throw error
    }
    unlock()
    try FileSystem.synchronize(target.deletingLastPathComponent())
  }

  /// Removes the temporary folder; does nothing after `commit()`.
  package func abandon() {
    guard lockDescriptor >= 0 else { return }
    try? FileManager.default.removeItem(at: temporary)
    unlock()
  }

  private func unlock() {
    close(lockDescriptor)
    lockDescriptor = -1
  }

  /// Removes the temporary files and folders in `directory` whose writer is no longer alive.
  /// - Returns: what was removed.
  @discardableResult
  package static func removeLeftovers(in directory: URL) throws -> [URL] {
    try FileSystem.contents(of: directory).filter { entry in
      guard TemporaryName.matches(entry.lastPathComponent), isOrphan(entry) else { return false }
      do {
        try FileManager.default.removeItem(at: entry)
      } catch {
        throw FileError.permissionDenied(path: entry.path, operation: "remove this leftover")
      }
      return true
    }
  }

  /// The kernel releases a lock when its holder dies, so a lock that can be had has no living holder.
  private static func isOrphan(_ url: URL) -> Bool {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }
}
