import FileFormats
import Foundation
import Synchronization

/// The `.part` file beside a destination: what has come so far, kept between attempts and between runs.
///
/// A second file, `.part.json`, remembers the source and the server's mark for that version of the file (ETag or
/// Last-Modified), so that a resumed download cannot join halves of two versions.
final class PartialFile: Sendable {
  struct Origin: Codable, Equatable {
    var url: String
    /// A strong ETag, or Last-Modified; the value for `If-Range`.
    var validator: String?
  }

  let url: URL
  private let originURL: URL
  private let descriptor: Int32
  private let state: Mutex<State>

  private struct State {
    var byteCount: Int
    var origin: Origin?
  }

  var byteCount: Int { state.withLock(\.byteCount) }
  /// Where the bytes come from; nil when that is not known.
  var origin: Origin? { state.withLock(\.origin) }

  /// Opens or creates the file and locks it.
  ///
  /// - Throws: `FileError`, or ``DownloadError/busy(path:)``.
  init(besides destination: URL) throws {
    url = destination.appendingPathExtension("part")
    originURL = url.appendingPathExtension("json")
    try FileSystem.createDirectories(destination.deletingLastPathComponent())
    let descriptor = try Self.open(url)
    self.descriptor = descriptor
    let origin = Self.origin(originURL)
    state = Mutex(State(byteCount: Int(lseek(descriptor, 0, SEEK_END)), origin: origin))
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw DownloadError.busy(path: url.path) }
  }

  deinit { close(descriptor) }

  /// Whoever may write in the folder could have put a link or a file of theirs there, to be written through or changed later.
  private static func open(_ url: URL) throws -> Int32 {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let descriptor = Foundation.open(url.path, flags, 0o666)
    guard descriptor >= 0 else {
      if errno == ELOOP { throw DownloadError.foreignPart(path: url.path, kind: "a symbolic link") }
      throw FileError.systemCall("create this file", path: url.path)
    }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      defer { close(descriptor) }
      throw FileError.systemCall("read", path: url.path)
    }
    let kind: String? =
      if information.st_mode & S_IFMT != S_IFREG {
        "no regular file"
      } else if information.st_uid != geteuid() {
        "a file of another user"
      } else if information.st_nlink > 1 {
        "a file that has another name as well"
      } else {
        nil
      }
    guard let kind else { return descriptor }
    close(descriptor)
    throw DownloadError.foreignPart(path: url.path, kind: kind)
  }

  private static func origin(_ url: URL) -> Origin? {
    guard let file = try? MappedFile(url), file.bytes.count < 1 << 16 else { return nil }
    return try? JSONDecoder().decode(Origin.self, from: file.withBytes { Data($0) })
  }

  /// Lets another download have the file. A URL session keeps its delegate, and with it this object, for a while.
  func unlock() {
    _ = flock(descriptor, LOCK_UN)
  }

  func append(_ data: Data) throws {
    try data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written >= 0 {
          rest = rest.dropFirst(written)
          state.withLock { $0.byteCount += written }
        } else if errno != EINTR {
          throw FileError.systemCall("write", path: url.path, neededBytes: rest.count)
        }
      }
    }
  }

  /// Empties the file; what comes next comes from `origin`.
  func restart(_ origin: Origin?) throws {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw FileError.systemCall("empty", path: url.path)
    }
    state.withLock { $0 = State(byteCount: 0, origin: origin) }
    guard let origin else {
      unlink(originURL.path)
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try AtomicFile.write(to: originURL, contents: try encoder.encode(origin))
  }

  /// Gives the complete file its name.
  func commit(to destination: URL) throws {
    guard fsync(descriptor) == 0 else { throw FileError.systemCall("synchronise", path: url.path) }
    try FileSystem.rename(url, to: destination)
    unlink(originURL.path)
    try FileSystem.synchronize(destination.deletingLastPathComponent())
  }

  func remove() {
    unlink(url.path)
    unlink(originURL.path)
  }
}
