import ArgumentParser
import Datasets
import Foundation

struct DataStatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show what a text consists of.",
    discussion: """
      The file may be plain, .gz, or .zip with one file in it.

        bitnet data stats data/enwik8 --range 0:90000000
      """)

  @Argument(help: "The text.")
  var file: String

  @Option(help: ArgumentHelp("The bytes to look at, counted from 0; either end may be left out.", valueName: "a:b"))
  var range: ByteRange = ByteRange(0, nil)

  @OptionGroup var force: ForceOption

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let corpus = try TextCorpus(contentsOf: file, force: force.force)
    let bounds = try corpus.resolve(range)
    let statistics = try CorpusStatistics(corpus, range: bounds)
    if json {
      try JSONOutput.write(Report(file, bounds, statistics))
    } else {
      StandardOutput.tell(Self.table(file, bounds, statistics))
    }
  }

  private struct Report: Encodable {
    struct Frequency: Encodable {
      let byte: UInt8
      let count: Int
    }

    let path: String
    let range: [Int]
    let bytes: Int
    let lines: Int
    let distinctBytes: Int
    let entropyBitsPerByte: Double
    let validUTF8Share: Double
    let longestLineBytes: Int
    let longestLineNumber: Int
    let mostFrequentBytes: [Frequency]

    init(_ path: String, _ bounds: Range<Int>, _ statistics: CorpusStatistics) {
      self.path = path
      range = [bounds.lowerBound, bounds.upperBound]
      bytes = statistics.byteCount
      lines = statistics.lineCount
      distinctBytes = statistics.distinctByteCount
      entropyBitsPerByte = statistics.entropy
      validUTF8Share = statistics.validUTF8Share
      longestLineBytes = statistics.longestLine.length
      longestLineNumber = statistics.longestLine.number
      mostFrequentBytes = statistics.mostFrequentBytes(20).map { Frequency(byte: $0.byte, count: $0.count) }
    }

    enum CodingKeys: String, CodingKey {
      case path, range, bytes, lines
      case distinctBytes = "distinct_bytes"
      case entropyBitsPerByte = "entropy_bits_per_byte"
      case validUTF8Share = "valid_utf8_share"
      case longestLineBytes = "longest_line_bytes"
      case longestLineNumber = "longest_line_number"
      case mostFrequentBytes = "most_frequent_bytes"
    }
  }

  private static func table(_ path: String, _ bounds: Range<Int>, _ statistics: CorpusStatistics) -> String {
    let frequent = statistics.mostFrequentBytes(12).map { entry in
      let percent = 100 * Double(entry.count) / Double(statistics.byteCount)
      return "\(name(of: entry.byte)) \(String(format: "%.1f%%", percent))"
    }
    let rows = [
      ("text", "\(path), bytes \(bounds.lowerBound):\(bounds.upperBound)"),
      ("bytes", "\(statistics.byteCount)"),
      ("lines", "\(statistics.lineCount)"),
      ("longest line", "\(statistics.longestLine.length) bytes, line \(statistics.longestLine.number) of the range"),
      ("distinct bytes", "\(statistics.distinctByteCount) of 256"),
      ("entropy", String(format: "%.4f bits per byte (frequencies of single bytes)", statistics.entropy)),
      ("valid UTF-8", String(format: "%.4f%% of the bytes", 100 * statistics.validUTF8Share)),
      ("most frequent", frequent.joined(separator: ", ")),
    ]
    return rows.map { $0.0 + String(repeating: " ", count: 16 - $0.0.count) + $0.1 }.joined(separator: "\n")
  }

  private static func name(of byte: UInt8) -> String {
    switch byte {
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    case 0x09: "\\t"
    case 0x20: "space"
    case 0x21...0x7E: String(UnicodeScalar(byte))
    default: String(format: "0x%02x", byte)
    }
  }
}
