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
    try FileSystem.requireCreatable(target)
    let temporary = TemporaryName.sibling(of: target)
    do {
      let file = try OutputFile(creating: temporary, expectedBytes: expectedBytes)
      file.lock()
      try produce(file)
      try file.finish()
      try FileSystem.rename(temporary, to: target)
    } catch {
      unlink(temporary.path)
      throw naming(target, temporary, error)
    }
    try FileSystem.synchronize(target.deletingLastPathComponent())
  }

  /// Writes a hidden sibling, lets it be looked at, and only then renames it to `target`. When either fails there is no
  /// new file, and an older one stays as it was.
  /// - Parameters:
  ///   - produce: creates the file under the name that it gets.
  ///   - prove: throws when the file that it finds there is not what it should be.
  /// - Throws: `FileError`; what the closures throw.
  package static func write<Proof>(
    to target: URL, produce: (URL) throws -> Void, prove: (URL) throws -> Proof
  ) throws -> Proof {
    if FileSystem.isDirectory(target) { throw FileError.isDirectory(path: target.path) }
    try FileSystem.requireCreatable(target)
    let folder = target.deletingLastPathComponent()
    // What killed processes left behind; one that cannot be removed, another user's perhaps, is in nobody's way.
    _ = try? AtomicDirectory.removeLeftovers(in: folder)
    let temporary = TemporaryName.sibling(of: target)
    let proof: Proof
    do {
      try produce(temporary)
      let lock = try FileLock(temporary)
      defer { withExtendedLifetime(lock) {} }
      proof = try prove(temporary)
      try FileSystem.rename(temporary, to: target)
    } catch {
      unlink(temporary.path)
      throw naming(target, temporary, error)
    }
    try FileSystem.synchronize(folder)
    return proof
  }

  private static func naming(_ target: URL, _ temporary: URL, _ error: any Error) -> any Error {
    (error as? FileError)?.naming(target, insteadOf: temporary) ?? error
  }
}
