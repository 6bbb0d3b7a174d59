import ArgumentParser
import Inference

/// The options of sampling, shared by all commands that generate text.
struct SamplingArguments: ParsableArguments {
  @Option(help: "Above 1 bolder, below 1 more careful; 0 always takes the likeliest token.")
  var temperature = 0.8

  @Option(help: "Keep the K likeliest tokens only.")
  var topK: Int?

  @Option(help: "Keep the likeliest tokens that together reach this probability.")
  var topP: Double?

  @Option(help: "Keep tokens with at least this share of the likeliest one's probability.")
  var minP: Double?

  @Option(help: "Above 1 discourages tokens that occurred before.")
  var repetitionPenalty = 1.0

  @Option(help: "From -2 to 2: above 0 discourages tokens that were generated before.")
  var presencePenalty = 0.0

  @Option(help: "From -2 to 2: above 0 discourages tokens by how often they were generated before.")
  var frequencyPenalty = 0.0

  @Option(help: "Repeats a generation. (default: a new one each time, shown with the speed)")
  var seed: UInt64?

  func validate() throws { _ = try options() }

  /// - Throws: `ValidationError` that names every option that is out of range.
  func options() throws -> SamplingOptions {
    do {
      return try SamplingOptions(
        temperature: temperature, topK: topK, topP: topP, minP: minP, repetitionPenalty: repetitionPenalty,
        presencePenalty: presencePenalty, frequencyPenalty: frequencyPenalty,
        seed: seed ?? UInt64.random(in: 0..<1_000_000))
    } catch let error as SamplingOptionsError {
      throw ValidationError(
        error.problems.map { "--\($0.option.rawValue) is \($0.value), expected \($0.expected)" }
          .joined(separator: "\n"))
    }
  }
}

extension KeyValuePrecision: ExpressibleByArgument {}
