import Kernels

/// When a generation ends, and how its tokens are chosen.
public struct GenerationOptions: Equatable, Sendable {
  /// The most tokens that are generated.
  public var maximumNewTokens: Int
  public var sampling: SamplingOptions
  /// Generation ends where one of these begins; it is not part of the text. None is empty.
  public var stopStrings: [String]
  /// Tokens that end the text, besides the end-of-sequence tokens of model and tokenizer.
  public var stopTokens: Set<Int32>
  /// With every token its log-probability, and those of so many likeliest ones; nil: none.
  public var likeliestLogProbabilities: Int?
  /// What the text must be; nil: anything.
  public var constraint: TokenConstraint?

  public init(
    maximumNewTokens: Int = 200, sampling: SamplingOptions = .greedy, stopStrings: [String] = [],
    stopTokens: Set<Int32> = [], likeliestLogProbabilities: Int? = nil, constraint: TokenConstraint? = nil
  ) {
    require(maximumNewTokens >= 0, "\(maximumNewTokens) new tokens")
    require(stopStrings.allSatisfy { !$0.isEmpty }, "an empty stop string occurs everywhere")
    require(likeliestLogProbabilities.map { $0 >= 0 } ?? true, "a negative number of likeliest tokens")
    self.maximumNewTokens = maximumNewTokens
    self.sampling = sampling
    self.stopStrings = stopStrings
    self.stopTokens = stopTokens
    self.likeliestLogProbabilities = likeliestLogProbabilities
    self.constraint = constraint
  }
}

/// Why a generation ended.
public enum FinishReason: Equatable, Sendable {
  case maximumNewTokens
  /// An end-of-sequence token, or one of the stop tokens.
  case stopToken(Int32)
  case stopString(String)
  /// The text is all that its constraint allows.
  case constraintFulfilled
  /// No position is left in the context of the session.
  case contextFull
  /// What came next is not to be told, says whoever runs the model.
  case contentFilter
}
