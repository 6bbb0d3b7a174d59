import ArgumentParser
import Datasets
import FileFormats
import Foundation
import Inference
import Kernels
import Models
import Tokenization
import Training
import Workflows

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure how well a model predicts a text.",
    discussion: """
      The text is cut into windows that do not overlap; the context starts anew at each. A model inside a run folder \
      is measured as its training did, on the validation range of the recipe, and gives the same digits.

        bitnet eval checkpoints/quickstart
        bitnet eval checkpoints/enwik8-tiny/step-001000 --json
        bitnet eval some-model --data data/enwik8 --range 95000000: --max-tokens 200000

      The result does not depend on batch size and threads. Without --range the whole file of --data counts.
      """)

  @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
  var path: String

  @Option(help: ArgumentHelp("The text: plain, .gz or .zip. (default: as in the recipe)", valueName: "file"))
  var data: String?

  @Option(help: ArgumentHelp("The bytes to predict, counted from 0; either end may be left out.", valueName: "a:b"))
  var range: ByteRange?

  @Option(help: "Predict at most so many tokens. (default: eval_tokens of the recipe; with --data or --range all)")
  var maxTokens: Int?

  @Option(help: "Tokens per window. (default: max_seq_len of the recipe, else the model's positions up to 2048)")
  var window: Int?

  @Option(help: "Windows at once. (default: as in the recipe, else 8)")
  var batchSize: Int?

  @OptionGroup var adapter: AdapterOption

  @OptionGroup var i2s: I2SLayoutOption

  @OptionGroup var force: ForceOption

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    for (name, value) in [
      ("max-tokens", maxTokens), ("window", window), ("batch-size", batchSize),
    ] {
      if let value, value < 1 { throw ValidationError("--\(name) must be at least 1, got \(value)") }
    }
  }

  func run() throws {
    let kernels = try KernelPath.selection.get()
    let opened = try OpenedModel(path, adapter: adapter.adapter, i2sLayout: i2s.layout)
    for note in opened.notes { StandardError.note(note) }
    let plan = try EvaluationPlan(
      .init(
        data: data, range: range, maxTokens: maxTokens, window: window, batchSize: batchSize, isForced: force.force),
      model: opened, modelPath: path, report: { StandardError.write("\($0)\n") })
    try threads.withPool {
      let clock = ContinuousClock()
      let start = clock.now
      let loss = try plan.loss(of: opened)
      if !loss.natsPerToken.isFinite { try opened.weights.requireUsableNumbers() }
      try report(Result(loss, plan), seconds: (clock.now - start) / .seconds(1), kernels: kernels)
    }
  }

  private struct Result: Encodable {
    let natsPerToken: Double
    let perplexity: Double
    let bitsPerByte: Double
    let tokens: Int
    let window: Int
    let data: String
    let range: [Int]

    init(_ loss: LossSum, _ plan: EvaluationPlan) {
      natsPerToken = loss.natsPerToken
      perplexity = loss.perplexity
      bitsPerByte = loss.bitsPerByte
      tokens = loss.tokens
      window = plan.windows.sequenceLength
      data = plan.windows.corpus.path
      let bytes = plan.windows.textRange
      range = [bytes.lowerBound, bytes.upperBound]
    }
  }

  private func report(_ result: Result, seconds: Double, kernels: KernelPath) throws {
    guard result.natsPerToken.isFinite else { throw EvaluationError.notFinite(path: path) }
    if json { return try JSONOutput.write(result) }
    StandardOutput.tell(
      """
      bits per byte    \(result.bitsPerByte)
      nats per token   \(result.natsPerToken)
      perplexity       \(result.perplexity)
      tokens           \(result.tokens) of \(result.data), bytes \(result.range[0]):\(result.range[1]), \
      in windows of \(result.window)
      """)
    let speed = String(format: "%.1f s, %.0f tokens/s", seconds, Double(result.tokens) / seconds)
    StandardError.write("\(speed), \(threads.count) threads, \(kernels.rawValue) kernels\n")
  }
}

extension EvaluationUsageError: UsageError {}
