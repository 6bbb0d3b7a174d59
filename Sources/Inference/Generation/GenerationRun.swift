import Foundation
import Tokenization

/// One timed generation and what there is to tell about it.
package struct GenerationRun {
  private let model: RuntimeModel
  private let tokenizer: any Tokenizer
  private let options: GenerationOptions
  private let cache: KeyValuePrecision
  private var text = ""
  private var promptTokens = 0
  private var newTokens = 0
  private var finishReason: FinishReason?
  private var promptTime = Duration.zero
  private var newTime = Duration.zero

  package init(
    model: RuntimeModel, tokenizer: any Tokenizer, options: GenerationOptions, cache: KeyValuePrecision
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.options = options
    self.cache = cache
  }

  /// - Parameters:
  ///   - started: called when the prompt has been accepted.
  ///   - receive: gets the pieces of the continuation as they come.
  package mutating func generate(
    from prompt: Data, started: () throws -> Void = {}, _ receive: (String) throws -> Void
  ) throws {
    let tokens = model.startTokens(of: prompt, tokenizer)
    promptTokens = tokens.count
    let clock = ContinuousClock()
    let start = clock.now
    let session = InferenceSession(model, positionLimit: max(1, tokens.count + options.maximumNewTokens), cache: cache)
    let generation = try Generation(prompt: tokens, session: session, tokenizer: tokenizer, options: options)
    let prefilled = clock.now
    try started()
    text = try generation.run(receive)
    (promptTime, newTime) = (prefilled - start, clock.now - prefilled)
    newTokens = generation.tokens.count
    finishReason = generation.finishReason
  }

  /// One line on speed and seed, and one more when the text ended for a reason worth knowing.
  package var summary: String {
    let line =
      "\(promptTokens) prompt tokens at \(speed(promptTokens, promptTime)), "
      + "\(newTokens) new ones at \(speed(newTokens, newTime)); seed \(options.sampling.seed)"
    guard finishReason == .contextFull else { return line }
    return line + "\nstopped: the model's context of \(model.positionLimit) tokens is full"
  }

  private func speed(_ count: Int, _ time: Duration) -> String {
    String(format: "%.0f tokens/s", rate(count, time))
  }

  private func rate(_ count: Int, _ time: Duration) -> Double {
    time > .zero ? Double(count) / (time / .seconds(1)) : 0
  }

  package struct Report: Encodable {
    let prompt: String
    let text: String
    let finishReason: String
    let promptTokens: Int
    let newTokens: Int
    let promptTokensPerSecond: Double
    let tokensPerSecond: Double
    let seed: UInt64

    enum CodingKeys: String, CodingKey {
      case prompt, text, seed
      case finishReason = "finish_reason"
      case promptTokens = "prompt_tokens"
      case newTokens = "new_tokens"
      case promptTokensPerSecond = "prompt_tokens_per_second"
      case tokensPerSecond = "tokens_per_second"
    }
  }

  package func report(prompt: Data) -> Report {
    Report(
      prompt: String(decoding: prompt, as: UTF8.self), text: text, finishReason: finishReason?.name ?? "none",
      promptTokens: promptTokens, newTokens: newTokens, promptTokensPerSecond: rate(promptTokens, promptTime),
      tokensPerSecond: rate(newTokens, newTime), seed: options.sampling.seed)
  }
}

extension FinishReason {
  fileprivate var name: String {
    switch self {
    case .maximumNewTokens: "max_new_tokens"
    case .stopToken: "stop_token"
    case .stopString: "stop_string"
    case .constraintFulfilled: "constraint"
    case .contextFull: "context_full"
    case .contentFilter: "content_filter"
    }
  }
}
