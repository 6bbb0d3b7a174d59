import ArgumentParser
import Foundation
import Inference
import Kernels

struct BenchDecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Time a model generating one token after the other.",
    discussion: """
      The median token counts. The share is that of the memory bandwidth: bytes of weights read per token and second \
      over what this machine reads from memory with as many threads. With several sequences, each step appends a token to \
      all of them and reads the weights once; the speed is that of all together.

        bitnet bench decode model.gguf --json
        bitnet bench decode model.gguf --sequences 8
      """)

  @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
  var path: String

  @Option(help: "Tokens to generate.")
  var tokens = 64

  @Option(help: "Tokens before them.")
  var prompt = 16

  @Option(help: "Sequences that are decoded together.")
  var sequences = 1

  @Option(help: "Numbers of keys and values: float32, or float16 for half the memory.")
  var kvCache = KeyValuePrecision.float32

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try require("tokens", tokens, in: 1...1_000_000)
    try require("prompt", prompt, in: 1...1_000_000)
    try require("sequences", sequences, in: 1...1024)
  }

  private struct Report: Encodable {
    let tokensPerSecond: Double
    let sequences: Int
    let bandwidthShare: Double?
    let bytesPerToken: Int
    let loadSeconds: Double
    let peakMemoryBytes: Int
    let threads: Int
    let kernels: String
  }

  func run() throws {
    let kernels = try KernelPath.selection.get()
    let opened = try OpenedModel(path)
    try threads.withPool {
      let clock = ContinuousClock()
      let start = clock.now
      let model = try opened.runtime(expecting: sequences > 1 ? .several : .one)
      let loadSeconds = (clock.now - start) / .seconds(1)
      let result = try InferenceBenchmark(model).decode(
        promptLength: prompt, count: tokens, sequences: sequences, cache: kvCache)
      let report = Report(
        tokensPerSecond: result.tokensPerSecond, sequences: sequences, bandwidthShare: result.share,
        bytesPerToken: model.bytesPerToken,
        loadSeconds: loadSeconds, peakMemoryBytes: result.peakMemoryBytes, threads: threads.count,
        kernels: kernels.rawValue)
      if json { return try JSONOutput.write(report) }
      StandardOutput.tell(
        """
        speed        \(String(format: "%.1f", report.tokensPerSecond)) tokens/s with \(report.threads) threads, \
        \(report.kernels) kernels\(sequences > 1 ? ", \(sequences) sequences together" : "")
        bandwidth    \(Int((report.bandwidthShare ?? 0) * 100)) % of what memory delivers
        weights      \(CountFormat.bytes(report.bytesPerToken)) per token
        loading      \(String(format: "%.2f", report.loadSeconds)) s
        peak memory  \(CountFormat.bytes(report.peakMemoryBytes))
        """)
    }
  }
}
