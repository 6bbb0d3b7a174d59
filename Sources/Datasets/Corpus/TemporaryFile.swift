import FileFormats
import Foundation

/// A file without a name: the system removes it when the last use of it ends, however the process ends.
final class TemporaryFile {
  struct Failure: Error {
    let reason: String
  }

  private let descriptor: Int32

  /// `TMPDIR` if set. Otherwise `/var/tmp`, which is on a disk; `/tmp` is often memory.
  static var directory: String {
    if let chosen = ProcessInfo.processInfo.environment["TMPDIR"], !chosen.isEmpty { return chosen }
    return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp"
  }

  init(in directory: String) throws {
    var template = Array("\(directory)/bitnet-corpus-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
    unlink(template)
  }

  deinit { close(descriptor) }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        throw Failure(reason: String(cString: strerror(errno)))
      }
    }
  }

  /// Maps what has been written; the map outlives this object.
  func map() throws -> MappedFile {
    try MappedFile(URL(fileURLWithPath: "/dev/fd/\(descriptor)"), allowsEmpty: true)
  }
}
