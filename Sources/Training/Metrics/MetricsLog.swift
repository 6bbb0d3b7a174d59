import Foundation
import ModelFormats

/// The file metrics.jsonl of a run: one JSON object per line, in the order of the steps.
public final class MetricsLog {
  public static let fileName = "metrics.jsonl"

  public let url: URL
  private let descriptor: Int32

  /// Opens the log of a run and cuts off what was written after `step`, and a last line that was only half written.
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

  /// The leading lines that are whole and belong to steps up to `step`.
  private static func lines(of url: URL, upTo step: Int) throws -> Data {
    let file = try MappedFile(url, allowsEmpty: true)
    return withExtendedLifetime(file) {
      var kept = Data()
      for line in file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
        guard let members = (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any],
          let number = members["step"] as? Int, number <= step
        else { break }
        kept.append(contentsOf: line)
        kept.append(UInt8(ascii: "\n"))
      }
      return kept
    }
  }
}
