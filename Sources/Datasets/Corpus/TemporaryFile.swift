import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file without a name: the system removes it when the last use of it ends, however the process ends.
final class TemporaryFile {
  struct Failure: Error {
    let reason: String
  }

  let descriptor: Int32

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
    var rest = bytes
    while !rest.isEmpty {
      #if canImport(Glibc)
        let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
      #else
        let written = Darwin.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if written < 0 {
        if errno == EINTR { continue }
        throw Failure(reason: String(cString: strerror(errno)))
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }
}
