import FileFormats
import Foundation
import Kernels

/// A line of JSON for each request: when, who (a hash or the name of a key), what, how it ended and how long it took. Never what
/// was asked or answered. The owner alone can read the file; when it is large, it becomes `FILE.1`, the one of that name
/// `FILE.2`, and so on; the last is lost.
public final class AuditLog: Sendable {
  private struct File {
    var descriptor: Int32
    var byteCount: Int
    /// Devices and pipes are neither renamed nor closed to others.
    var isRegular: Bool
    var lostLines = 0
  }

  private let path: String
  private let byteLimit: Int
  private let fileLimit: Int
  private let file: SystemMutex<File>

  /// Goes on behind what is in the file.
  /// - Parameters:
  ///   - byteLimit: of each file.
  ///   - fileLimit: of all files, with the one that is written to.
  /// - Throws: `FileError`.
  public init(path: String, byteLimit: Int = 64 << 20, fileLimit: Int = 8) throws {
    require(byteLimit > 0 && fileLimit > 0, "an audit log of \(fileLimit) files of \(byteLimit) bytes")
    (self.path, self.byteLimit, self.fileLimit) = (path, byteLimit, fileLimit)
    file = SystemMutex(try Self.open(path))
  }

  deinit { file.withLock { _ = close($0.descriptor) } }

  /// A line that cannot be written, on a full disk for instance, is lost, and the next one is tried again.
  /// - Throws: `AuditLogError` for the first lost line, the tenth, the hundredth, ...: whoever tells it does not fill another disk.
  public func write(_ record: RequestRecord, at time: Date = Date()) throws {
    let line = Array((Self.json(record, time).compact + "\n").utf8)
    try file.withLock { file in
      do {
        if file.isRegular, file.byteCount > 0, file.byteCount + line.count > byteLimit { try rotate(&file) }
        try append(line, to: &file)
        file.lostLines = 0
      } catch let error as FileError {
        file.lostLines += 1
        if Self.isPowerOfTen(file.lostLines) { throw AuditLogError(lostLines: file.lostLines, cause: error) }
      }
    }
  }

  private static func isPowerOfTen(_ count: Int) -> Bool {
    var rest = count
    while rest > 1, rest.isMultiple(of: 10) { rest /= 10 }
    return rest == 1
  }

  private func append(_ line: [UInt8], to file: inout File) throws {
    // One call for a line: lines of several programs do not mix.
    let count = line.withUnsafeBytes { Foundation.write(file.descriptor, $0.baseAddress, $0.count) }
    guard count == line.count else {
      let error = FileError.systemCall("write a line of the audit log", path: path)
      // A part of a line would spoil the next one.
      if count > 0, file.isRegular {
        _ = ftruncate(file.descriptor, lseek(file.descriptor, 0, SEEK_END) - off_t(count))
      }
      throw count < 0 ? error : FileError.noSpace(path: path, neededBytes: line.count, freeBytes: count)
    }
    file.byteCount += count
  }

  private func rotate(_ file: inout File) throws {
    for number in (1..<max(1, fileLimit - 1)).reversed() { try move(name(number), to: name(number + 1)) }
    if fileLimit > 1 {
      try move(path, to: name(1))
    } else if unlink(path) != 0, errno != ENOENT {
      throw FileError.systemCall("remove the old audit log", path: path)
    }
    var new = try Self.open(path)
    new.lostLines = file.lostLines
    close(file.descriptor)
    file = new
  }

  private func name(_ number: Int) -> String { "\(path).\(number)" }

  private func move(_ old: String, to new: String) throws {
    guard rename(old, new) == 0 || errno == ENOENT else {
      throw FileError.systemCall("rename the audit log", path: old)
    }
  }

  private static func open(_ path: String) throws -> File {
    let descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileError.systemCall("open the audit log", path: path) }
    var status = stat()
    let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    // One that was there may be open to others.
    guard !isRegular || fchmod(descriptor, 0o600) == 0 else {
      let error = FileError.systemCall("close the audit log to others", path: path)
      close(descriptor)
      throw error
    }
    let size = isRegular ? Int(lseek(descriptor, 0, SEEK_END)) : 0
    return File(descriptor: descriptor, byteCount: size, isRegular: isRegular)
  }

  private static func json(_ record: RequestRecord, _ time: Date) -> JSONValue {
    [
      "time": .string(time.formatted(.iso8601)), "client": .string(record.client), "route": .string(record.route),
      "status": .integer(record.status), "error": record.errorCode.map(JSONValue.string) ?? .null,
      "prompt_tokens": .integer(record.promptTokens), "cached_tokens": .integer(record.cachedTokens),
      "completion_tokens": .integer(record.completionTokens), "seconds": .number(record.seconds),
      "seconds_to_first_token": record.secondsToFirstToken.map(JSONValue.number) ?? .null,
    ]
  }
}

/// That lines of the audit log are lost.
public struct AuditLogError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Since the last one that was written.
  public let lostLines: Int
  public let cause: FileError

  public var description: String {
    "\(cause) Lines of the audit log that are lost until now: \(lostLines)."
  }
}
