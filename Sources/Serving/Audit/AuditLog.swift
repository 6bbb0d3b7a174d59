import FileFormats
import Foundation
import Synchronization

/// A line of JSON for each request: when, who (a hash or the name of a key), what, how it ended and how long it took. Never what
/// was asked or answered. The owner alone can read the file; when it is large, it becomes `FILE.1`, and the one of that name
/// is lost.
public final class AuditLog: Sendable {
  private struct File {
    var descriptor: Int32
    var byteCount: Int
  }

  private let path: String
  private let byteLimit: Int
  private let file: Mutex<File>

  /// Goes on behind what is in the file.
  /// - Throws: `FileError`.
  public init(path: String, byteLimit: Int = 64 << 20) throws {
    (self.path, self.byteLimit) = (path, byteLimit)
    file = Mutex(try Self.open(path))
  }

  deinit { file.withLock { _ = close($0.descriptor) } }

  /// - Throws: `FileError`: the line is lost.
  public func write(_ record: RequestRecord, at time: Date = Date()) throws {
    let line = Array((Self.json(record, time).compact + "\n").utf8)
    try file.withLock { file in
      if file.byteCount > 0, file.byteCount + line.count > byteLimit { try rotate(&file) }
      // One call for a line: lines of several programs do not mix.
      let count = line.withUnsafeBytes { Foundation.write(file.descriptor, $0.baseAddress, $0.count) }
      guard count == line.count else { throw FileError.systemCall("write a line of the audit log", path: path) }
      file.byteCount += count
    }
  }

  private func rotate(_ file: inout File) throws {
    guard rename(path, path + ".1") == 0 else { throw FileError.systemCall("rename the audit log", path: path) }
    let new = try Self.open(path)
    close(file.descriptor)
    file = new
  }

  private static func open(_ path: String) throws -> File {
    let descriptor = Foundation.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileError.systemCall("open the audit log", path: path) }
    // One that was there may be open to others.
    guard fchmod(descriptor, 0o600) == 0 else {
      throw FileError.systemCall("close the audit log to others", path: path)
    }
    return File(descriptor: descriptor, byteCount: Int(lseek(descriptor, 0, SEEK_END)))
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
