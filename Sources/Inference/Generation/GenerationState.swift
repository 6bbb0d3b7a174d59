import Tokenization

/// A generation but for the model: the tokens drawn from its logits, the text they make, and when it is over.
///
/// Who has a sequence and its logits, alone or in a batch, calls ``step(_:isContextFull:)`` until ``finishReason`` is set.
public struct GenerationState: Sendable {
  /// What one token came to.
  public struct Step: Equatable, Sendable {
    public let token: Int32
    /// The text that the token completes; may be empty.
    public let text: String
    /// Where the options ask for them.
    public let logProbabilities: DrawnLogProbabilities?

    package init(token: Int32, text: String, logProbabilities: DrawnLogProbabilities?) {
      (self.token, self.text, self.logProbabilities) = (token, text, logProbabilities)
    }
  }

  public let options: GenerationOptions
  /// The tokens generated so far, a stop token included.
  public private(set) var tokens: [Int32] = []
  /// nil while it goes on.
  public private(set) var finishReason: FinishReason?
  private let tokenizer: any Tokenizer
  private let stopTokens: Set<Int32>
  private var sampler: Sampler
  private var progress: ConstraintProgress?
  private var matcher: StopStringMatcher
  private var decoder = UTF8StreamDecoder()

  /// - Parameter prompt: what comes before the first token that is drawn.
  public init(prompt: [Int32], model: RuntimeModel, tokenizer: any Tokenizer, options: GenerationOptions) {
    self.options = options
    self.tokenizer = tokenizer
    let ends = model.architecture.endOfSequenceTokenIDs.map(Int32.init)
    stopTokens = options.stopTokens.union(ends + [tokenizer.endOfSequenceTokenID].compactMap { $0 })
    progress = options.constraint.map { [stopTokens] in ConstraintProgress($0, endTokens: stopTokens) }
    sampler = Sampler(options.sampling)
    sampler.observe(prompt)
    matcher = StopStringMatcher(options.stopStrings)
    if options.maximumNewTokens == 0 { finishReason = .maximumNewTokens }
  }

  /// Draws the next token. Where ``finishReason`` is nil afterwards, it is to be appended to the sequence.
  /// - Parameters:
  ///   - logits: after the prompt and all tokens so far, [vocabulary].
  ///   - isContextFull: no position is left for the token.
  /// - Throws: `InferenceError.logitNotFinite`, `.noTokenAllowed`, `TokenizerError`.
  public mutating func step(_ logits: [Float], isContextFull: Bool) throws -> Step {
    // Without those of a padded vocabulary, which no text stands for.
    let logits =
      tokenizer.vocabularySize < logits.count ? Array(logits.prefix(tokenizer.vocabularySize)) : logits
    let token = try draw(logits)
    tokens.append(token)
    let logProbabilities = options.likeliestLogProbabilities.map {
      DrawnLogProbabilities(of: token, logits: logits, likeliest: $0)
    }
    return Step(
      token: token, text: try text(of: token, isContextFull: isContextFull), logProbabilities: logProbabilities)
  }

  /// A token that the constraint allows.
  private mutating func draw(_ logits: [Float]) throws -> Int32 {
    guard let mask = try progress?.allowedTokens() else { return try sampler.sample(logits) }
    guard !mask.isEmpty else { throw InferenceError.noTokenAllowed }
    let token = try sampler.sample(mask.applied(to: logits))
    // Where the model gives all of them −∞, the sampler takes any.
    guard mask.allows(token) else { throw InferenceError.noTokenAllowed }
    return token
  }

  private mutating func text(of token: Int32, isContextFull: Bool) throws -> String {
    if stopTokens.contains(token) {
      finishReason = .stopToken(token)
      return ""
    }
    let bytes = try tokenizer.decodeContinuation(CollectionOfOne(token), skippingSpecialTokens: true)
    progress?.advance(bytes)
    let (released, stop) = matcher.consume(bytes)
    if let stop {
      finishReason = .stopString(stop)
    } else if progress?.isOver == true {
      finishReason = .constraintFulfilled
    } else if tokens.count == options.maximumNewTokens {
      finishReason = .maximumNewTokens
    } else if isContextFull {
      finishReason = .contextFull
    }
    return decoder.decode(released)
  }

  /// The text that was held back, once it is over.
  public mutating func finish() -> String {
    var rest = ""
    if case .stopString = finishReason {} else { rest = decoder.decode(matcher.finish()) }
    return rest + decoder.finish()
  }
}
