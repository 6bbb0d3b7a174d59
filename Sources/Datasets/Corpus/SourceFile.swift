import FileFormats
import Foundation

/// A file whose bytes are read where they are asked for, never mapped: one that another process shortens or writes to while it
/// is used is an error, not the end of the process or other data.
final class SourceFile: Sendable {
  /// The path that errors name.
  let path: String
  /// As it was when the file was opened.
  let byteCount: Int
  private let descriptor: Int32
  private let modificationTime: (seconds: Int, nanoseconds: Int)

  /// - Throws: ``CorpusError``.
  convenience init(_ path: String) throws {
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.failure(path) }
    try self.init(descriptor, path: path)
  }

  /// - Parameter descriptor: is closed with this object, or when it cannot be read.
  init(_ descriptor: Int32, path: String) throws {
    do {
      let status = try Self.status(descriptor, path)
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: throw CorpusError.directory(path: path)
      default: throw CorpusError.unreadable(path: path, reason: "it is not a regular file")
      }
      (self.path, self.descriptor, byteCount) = (path, descriptor, Int(status.st_size))
      modificationTime = Self.modificationTime(status)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// - Throws: ``CorpusError/changed`` when the file is no longer what was opened, `CorpusError.unreadable`.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, offset + done)
      if count > 0 {
        done += count
      } else if count == 0 {
        break
      } else if errno != EINTR {
        throw CorpusError.unreadable(path: path, reason: String(cString: strerror(errno)))
      }
    }
    let status = try Self.status(descriptor, path)
    guard done == buffer.count, Int(status.st_size) == byteCount, Self.modificationTime(status) == modificationTime
    else { throw CorpusError.changed(path: path, expectedBytes: byteCount, foundBytes: Int(status.st_size)) }
  }

  func bytes(in range: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<range.count]))
      count = range.count
    }
  }

  private static func status(_ descriptor: Int32, _ path: String) throws -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path) }
    return status
  }

  private static func modificationTime(_ status: stat) -> (seconds: Int, nanoseconds: Int) {
    #if canImport(Darwin)
      (Int(status.st_mtimespec.tv_sec), Int(status.st_mtimespec.tv_nsec))
    #else
      (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
    #endif
  }

  private static func failure(_ path: String, errorNumber: Int32 = errno) -> CorpusError {
    switch errorNumber {
    case ENOENT, ENOTDIR: .missing(path: path)
    case EACCES, EPERM: .unreadable(path: path, reason: "permission denied")
    default: .unreadable(path: path, reason: String(cString: strerror(errorNumber)))
    }
  }
}
