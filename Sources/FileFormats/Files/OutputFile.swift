import Foundation

/// A new file that is written from front to back. Small writes are gathered; errors are typed.
package final class OutputFile {
  private static let bufferCapacity = 1 << 20

  package let path: String
  private let expectedBytes: Int?
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  /// Creates the file; an existing one is refused.
  /// - Parameter expectedBytes: the final size if known, for the message of a full disk.
  package convenience init(creating url: URL, expectedBytes: Int? = nil) throws {
    try self.init(path: url.path, flags: O_CREAT | O_EXCL, expectedBytes: expectedBytes)
  }

  /// Writes to an existing file or device.
  package convenience init(opening url: URL, expectedBytes: Int? = nil) throws {
    try self.init(path: url.path, flags: 0, expectedBytes: expectedBytes)
  }

  private init(path: String, flags: Int32, expectedBytes: Int?) throws {
    descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o666)
    guard descriptor >= 0 else { throw FileError.systemCall("create this file", path: path) }
    self.path = path
    self.expectedBytes = expectedBytes
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    if bytes.count >= Self.bufferCapacity {
      try flush()
      try writeThrough(bytes)
    } else {
      buffer.append(contentsOf: bytes)
      if buffer.count >= Self.bufferCapacity { try flush() }
    }
  }

  package func write(_ bytes: some ContiguousBytes) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Takes the advisory lock that tells `AtomicDirectory.removeLeftovers` that the writer is alive.
  func lock() {
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
  }

  /// Writes what is gathered, waits until the device has it, closes.
  package func finish() throws {
    try flush()
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw FileError.systemCall("synchronise", path: path, neededBytes: expectedBytes)
    }
    let result = close(descriptor)
    descriptor = -1
    guard result == 0 else { throw FileError.systemCall("close", path: path, neededBytes: expectedBytes) }
  }

  private func flush() throws {
    try buffer.withUnsafeBytes { try writeThrough($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        throw FileError.systemCall("write", path: path, neededBytes: expectedBytes ?? bytes.count)
      }
    }
  }
}
