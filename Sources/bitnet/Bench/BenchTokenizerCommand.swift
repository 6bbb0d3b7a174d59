import ArgumentParser
import Datasets
import Foundation
import Kernels
import Tokenization

struct BenchTokenizerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer", abstract: "Time the encoding of a text.",
    discussion: """
      The text is cut into blocks of 64 kB, as a corpus is; the fastest pass counts.

        bitnet bench tokenizer checkpoints/enwik8-tokenizer --file data/enwik8 --json
      """)

  @Argument(help: ArgumentHelp(TokenizerArgument.help, valueName: "model"))
  var path: String

  @Option(help: ArgumentHelp("The text: plain, .gz, or .zip with one file in it.", valueName: "file"))
  var file: String

  @Option(help: "Times to encode it, after once to warm up.")
  var passes = 3

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try require("passes", passes, in: 1...1000)
  }

  private struct Report: Encodable {
    /// 10⁶ bytes per second, on one thread and on all.
    let megabytesPerSecondOneThread: Double
    let megabytesPerSecond: Double
    let threads: Int
    let bytesPerToken: Double
    let bytes: Int
    let tokens: Int
  }

  func run() throws {
    let tokenizer = try TokenizerArgument.open(path)
    let corpus = try TextCorpus(contentsOf: file, force: true)
    let report = try corpus.bytes(in: 0..<corpus.byteCount).withUnsafeBytes { text in
      let benchmark = TokenizerBenchmark(tokenizer, text: text)
      let alone = ThreadPool.$current.withValue(.serial) { benchmark.run(passes: passes) }
      let together = threads.count == 1 ? alone : threads.withPool { benchmark.run(passes: passes) }
      return Report(
        megabytesPerSecondOneThread: Double(text.count) / 1e6 / alone.seconds,
        megabytesPerSecond: Double(text.count) / 1e6 / together.seconds, threads: threads.count,
        bytesPerToken: Double(text.count) / Double(alone.tokens), bytes: text.count, tokens: alone.tokens)
    }
    if json { return try JSONOutput.write(report) }
    StandardOutput.tell(
      """
      one thread   \(String(format: "%.1f", report.megabytesPerSecondOneThread)) MB/s
      \(report.threads) threads    \(String(format: "%.1f", report.megabytesPerSecond)) MB/s
      tokens       \(report.tokens), \(String(format: "%.3f", report.bytesPerToken)) bytes each
      """)
  }
}
