import Architectures
import ArgumentParser
import FileFormats
import Foundation
import Inference
import Kernels
import Workflows

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Make a BitNet of a full-precision model, to be trained on.",
    discussion: """
      The result is a model folder with the same numbers, whose linear layers are quantised when it runs. Quantised at \
      once, such a model has forgotten nearly everything, as the report shows: train it on, from full precision to ternary \
      weights by and by.

      --sub-norms bitnet adds the norms of BitNet b1.58 in front of the output and the down projection, projection one in \
      front of every linear layer. Their gains are measured on a text, such that the model in full precision changes least; \
      how much it does is printed.

        bitnet convert SmolLM2-135M-Instruct --output smol-bitnet
        bitnet convert model.gguf --sub-norms projection --data text.txt --output folder
        bitnet train recipes/enwik8-tiny-warmup.yaml model.from=folder tokenizer.path=folder
      """)

  @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
  var path: String

  @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"))
  var output: String

  @Option(help: "Norms to add: none, bitnet or projection.")
  var subNorms = AddedNorms.none

  @Option(
    help: ArgumentHelp(
      "The text to measure on. (default: the validation text of the model's run, else a built-in one)",
      valueName: "file"))
  var data: String?

  @Option(help: "The most tokens of it.")
  var maxTokens = 4096

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  enum AddedNorms: String, CaseIterable, ExpressibleByArgument {
    case none, bitnet, projection

    /// nil: those that there are.
    var kind: Architecture.SubNorms? { self == .none ? nil : Architecture.SubNorms(rawValue: rawValue) }
  }

  func validate() throws { try require("max-tokens", maxTokens, in: 2...10_000_000) }

  func run() throws {
    _ = try KernelPath.selection.get()
    let target = URL(fileURLWithPath: output)
    if FileSystem.exists(target) { throw FileError.alreadyExists(path: target.path) }
    let opened = try OpenedModel(path)
    guard opened.adapter == nil else {
      throw ValidationError("\(path) is an adapter; `bitnet merge` makes a model of it, which can be converted")
    }
    try opened.model.requireFinishedQuantization(toBe: "converted")
    opened.notes.forEach(StandardError.note)
    let source = try ExportModel(opened, note: StandardError.note)
    let report = try threads.withPool {
      try ModelConversion(
        source.model, subNorms: subNorms.kind, probe: source.probe(data: data, maxTokens: maxTokens)
      ).run(into: target)
    }
    try json ? JSONOutput.write(report) : StandardOutput.tell(report.text)
  }
}

extension ConversionError: UsageError {}

extension ConversionReport {
  fileprivate var text: String {
    let share = Double(quantizedParameters) / Double(max(1, parameters)) * 100
    var lines = [
      "converted      \(output)",
      "ternary        \(quantizedMatrices) matrices, \(String(format: "%.1f", share)) % of \(parameters) parameters",
    ]
    if addedNorms > 0 { lines.append("norms          \(addedNorms) added, gains measured on \(gainTokens) tokens") }
    lines += [
      "logits         differ by up to \(maximumLogitDifference) in full precision, "
        + String(format: "%.6f", rootMeanSquareLogitDifference)
        + " as root mean square; the likeliest token is the same "
        + "for \(agreeingTokens) of \(comparedTokens)",
      String(
        format: "nats per token %.4f of the original, %.4f in full precision, %.4f with ternary weights and 8-bit "
          + "activations", lossOriginal, lossConverted, lossQuantized),
    ]
    return lines.joined(separator: "\n")
  }
}
