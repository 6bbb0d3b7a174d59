import FileFormats
import Foundation

/// A file without a name: the system removes it when the last use of it ends, however the process ends.
package final class TemporaryFile {
  package struct Failure: Error {
    package let reason: String
  }

  /// What is left free on the disk: data that unpack to a thousand times their size must not fill it for everybody.
  private static let reservedBytes = 64 << 20
  /// Written bytes after which the free space is asked for again.
  private static let bytesBetweenChecks = 16 << 20

  private let directory: String
  private let descriptor: Int32
  private let freeBytes: () -> Int?
  private var uncheckedBytes = 0

  /// `TMPDIR` if set. Otherwise `/var/tmp`, which is on a disk; `/tmp` is often memory.
  static var directory: String {
    if let chosen = ProcessInfo.processInfo.environment["TMPDIR"], !chosen.isEmpty { return chosen }
    return access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp"
  }

  /// - Parameter freeBytes: of the disk; nil: what the system says.
  package init(in directory: String, freeBytes: (() -> Int?)? = nil) throws {
    var template = Array("\(directory)/bitnet-corpus-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
    self.directory = directory
    self.freeBytes = freeBytes ?? { FileSystem.freeBytes(at: directory) }
    unlink(template)
  }

  deinit { close(descriptor) }

  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try checkSpace(for: bytes.count)
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

  private func checkSpace(for count: Int) throws {
    uncheckedBytes += count
    guard uncheckedBytes > Self.bytesBetweenChecks else { return }
    uncheckedBytes = count
    guard let free = freeBytes(), free < Self.reservedBytes else { return }
    throw Failure(
      reason: "\(free >> 20) MB are free there, and \(Self.reservedBytes >> 20) MB are left free for others")
  }

  /// What has been written, to be read; it outlives this object.
  /// - Parameter path: how errors call it.
  func source(path: String) throws -> SourceFile {
    let copy = dup(descriptor)
    guard copy >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
    return try SourceFile(copy, path: path)
  }

  /// Maps what has been written; the map outlives this object.
  func map() throws -> MappedFile {
    try MappedFile(URL(fileURLWithPath: "/dev/fd/\(descriptor)"), allowsEmpty: true)
  }
}
