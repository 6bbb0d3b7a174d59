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
    descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.systemCall("create this file", path: url.path) }
    let origin = (try? Data(contentsOf: originURL)).flatMap { try? JSONDecoder().decode(Origin.self, from: $0) }
    state = Mutex(State(byteCount: Int(lseek(descriptor, 0, SEEK_END)), origin: origin))
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw DownloadError.busy(path: url.path) }
  }

  deinit { close(descriptor) }

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
