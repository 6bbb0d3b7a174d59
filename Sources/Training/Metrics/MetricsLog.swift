import FileFormats
import Foundation

/// The file metrics.jsonl of a run: one JSON object per line, in the order of the steps.
public final class MetricsLog {
  public static let fileName = "metrics.jsonl"

  public let url: URL
  private let descriptor: Int32

  /// Opens the log of a run without the lines of later steps than `step` and without a last line that was only half
  /// written. Whole lines that are not ours stay.
  /// - Parameter step: the step the run goes on from; 0 empties the log.
  /// - Throws: `FileError`.
  public init(_ url: URL, continuingAfter step: Int) throws {
    self.url = url
    let kept = FileSystem.exists(url) ? try Self.lines(of: url, upTo: step) : Data()
    try AtomicFile.write(to: url, contents: kept)
    descriptor = open(url.path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.systemCall("append to", path: url.path) }
  }

  deinit { close(descriptor) }

  /// Appends a line with a single write.
  /// - Throws: `FileError`.
  public func append(_ line: MetricsLine) throws {
    let bytes = Array("\(line)\n".utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw FileError.systemCall("append to", path: url.path, neededBytes: bytes.count)
    }
  }

  /// The whole lines but those of steps after `step`.
  private static func lines(of url: URL, upTo step: Int) throws -> Data {
    guard step > 0 else { return Data() }
    let file = try MappedFile(url, allowsEmpty: true)
    return withExtendedLifetime(file) {
      var kept = Data()
      for line in file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
        let members = (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any]
        if let number = members?["step"] as? Int, number > step { continue }
        kept.append(contentsOf: line)
        kept.append(UInt8(ascii: "\n"))
      }
      return kept
    }
  }
}
