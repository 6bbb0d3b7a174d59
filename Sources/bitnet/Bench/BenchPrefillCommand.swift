import ArgumentParser
import Foundation
import Inference
import Kernels

struct BenchPrefillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prefill", abstract: "Time a model reading a prompt.",
    discussion: """
      The best of five runs counts. The share is that of the peak of the 8-bit multiply-add instruction on registers \
      alone, with as many threads.

        bitnet bench prefill model.gguf --json
      """)

  @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
  var path: String

  @Option(help: "Tokens of the prompt.")
  var tokens = 128

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    try require("tokens", tokens, in: 1...1_000_000)
  }

  private struct Report: Encodable {
    let tokensPerSecond: Double
    let peakShare: Double?
    let peakMemoryBytes: Int
    let threads: Int
    let kernels: String
  }

  func run() throws {
    let kernels = try KernelPath.selection.get()
    let opened = try OpenedModel(path)
    try threads.withPool {
      let result = try InferenceBenchmark(try opened.runtime()).prefill(length: tokens)
      let report = Report(
        tokensPerSecond: result.tokensPerSecond, peakShare: result.share,
        peakMemoryBytes: result.peakMemoryBytes, threads: threads.count, kernels: kernels.rawValue)
      if json { return try JSONOutput.write(report) }
      let share = report.peakShare.map { "\(Int($0 * 100)) % of the int8 peak" } ?? "unknown for these kernels"
      StandardOutput.tell(
        """
        speed        \(String(format: "%.0f", report.tokensPerSecond)) tokens/s with \(report.threads) threads, \
        \(report.kernels) kernels
        peak         \(share)
        peak memory  \(CountFormat.bytes(report.peakMemoryBytes))
        """)
    }
  }
}
