import Kernels

/// One example as tokens, with what is learnt from it.
public struct TokenizedExample: Equatable, Sendable {
  public let tokens: [Int32]
  /// Per token whether the model is trained to produce it; never true for the first, which nothing precedes.
  public let isTrained: [Bool]

  public init(tokens: [Int32], isTrained: [Bool]) {
    require(tokens.count == isTrained.count, "\(tokens.count) tokens with \(isTrained.count) marks")
    require(isTrained.first != true, "the first token cannot be predicted")
    self.tokens = tokens
    self.isTrained = isTrained
  }

  public var trainedTokenCount: Int { isTrained.reduce(0) { $0 + ($1 ? 1 : 0) } }
}

/// Two answers to one prompt. Both examples begin with the same tokens, those of the prompt, of which none is trained.
public struct PreferenceExample: Equatable, Sendable {
  public let chosen: TokenizedExample
  public let rejected: TokenizedExample

  public init(chosen: TokenizedExample, rejected: TokenizedExample) {
    self.chosen = chosen
    self.rejected = rejected
  }
}

/// An answer to a prompt, and whether it is a good one. Nothing of the prompt is trained.
public struct LabelledExample: Equatable, Sendable {
  public let example: TokenizedExample
  public let isDesirable: Bool

  public init(_ example: TokenizedExample, isDesirable: Bool) {
    (self.example, self.isDesirable) = (example, isDesirable)
  }

  /// The prompt of this one with the answer of another.
  /// - Parameter length: the most tokens; what is behind them is cut off.
  func answered(by other: LabelledExample, length: Int) -> TokenizedExample {
    func answerStart(_ one: LabelledExample) -> Int {
      one.example.isTrained.firstIndex(of: true) ?? one.example.tokens.count
    }
    let (prompt, answer) = (answerStart(self), answerStart(other))
    return TokenizedExample(
      tokens: Array((example.tokens[..<prompt] + other.example.tokens[answer...]).prefix(length)),
      isTrained: Array((example.isTrained[..<prompt] + other.example.isTrained[answer...]).prefix(length)))
  }
}
