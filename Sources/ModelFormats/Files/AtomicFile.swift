import Foundation

/// Files that exist whole or not at all.
package enum AtomicFile {
  /// Writes a hidden sibling, synchronises it, and renames it to `target`, replacing an older file of that name.
  /// A failure leaves the older file as it was and no temporary behind.
  /// - Throws: `FileError`.
  package static func write(to target: URL, contents: some ContiguousBytes) throws {
    let size = contents.withUnsafeBytes(\.count)
    try write(to: target, expectedBytes: size) { try $0.write(contents) }
  }

  /// The same for contents that are produced piece by piece.
  package static func write(
    to target: URL, expectedBytes: Int? = nil, produce: (OutputFile) throws -> Void
  ) throws {
    if FileSystem.isDirectory(target) { throw FileError.isDirectory(path: target.path) }
    let temporary = TemporaryName.sibling(of: target)
    let file = try OutputFile(creating: temporary, expectedBytes: expectedBytes)
    file.lock()
    do {
      try produce(file)
      try file.finish()
      try FileSystem.rename(temporary, to: target)
    } catch {
      unlink(temporary.path)
      throw error
    }
    try FileSystem.synchronize(target.deletingLastPathComponent())
  }
}
