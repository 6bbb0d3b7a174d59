import FileFormats
import Foundation

/// A file of a run that grows with its steps, such as metrics.jsonl: one JSON object per line.
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

  /// Appends texts that the model wrote after a step, one line each.
  /// - Throws: `FileError`.
  public func append(_ samples: [(prompt: String, text: String)], step: Int) throws {
    for sample in samples {
      var line = MetricsLine()
      line.add("step", step)
      line.add("prompt", sample.prompt)
      line.add("text", sample.text)
      try append(line)
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
