/// The tokens that penalties look at.
public struct TokenHistory: Equatable, Sendable {
  /// All that occurred, those of the prompt too: what the repetition penalty is for.
  public private(set) var tokens: Set<Int32> = []
  /// How often each was generated: what presence and frequency penalty are for.
  public private(set) var generatedCounts: [Int32: Int] = [:]

  public init(prompt: some Sequence<Int32> = [], generated: some Sequence<Int32> = []) {
    observe(prompt)
    for token in generated { add(generated: token) }
  }

  /// Adds tokens that were not generated.
  public mutating func observe(_ tokens: some Sequence<Int32>) { self.tokens.formUnion(tokens) }

  public mutating func add(generated token: Int32) {
    tokens.insert(token)
    generatedCounts[token, default: 0] += 1
  }

  /// The tokens whose logits the options change, in ascending order: sums over them must not depend on hashes.
  func tokensChanged(by options: SamplingOptions) -> [Int32] {
    var changed: Set<Int32> = options.repetitionPenalty == 1 ? [] : tokens
    if options.presencePenalty != 0 || options.frequencyPenalty != 0 { changed.formUnion(generatedCounts.keys) }
    if !options.logitBias.isEmpty { changed.formUnion(options.logitBias.keys) }
    return changed.sorted()
  }

  /// The logit of a token under penalties and bias.
  func adjusted(_ logit: Float, of token: Int32, _ options: SamplingOptions) -> Double {
    var result = Double(logit)
    if tokens.contains(token) {
      result = result > 0 ? result / options.repetitionPenalty : result * options.repetitionPenalty
    }
    if let count = generatedCounts[token] {
      result -= options.presencePenalty + options.frequencyPenalty * Double(count)
    }
    return result + (options.logitBias[token] ?? 0)
  }
}
