import FileFormats
import Tokenization

/// One continuation of a prompt, generated token by token as its pieces are asked for.
///
/// A piece never ends within the UTF-8 form of a character. Asking for a piece runs the model on the calling
/// thread; `pieces` offers the same as an `AsyncSequence`.
public final class Generation {
  public let options: GenerationOptions
  /// The tokens generated so far, a stop token included.
  public private(set) var tokens: [Int32] = []
  /// nil while it goes on.
  public private(set) var finishReason: FinishReason?
  private let session: InferenceSession
  private let tokenizer: any Tokenizer
  private let stopTokens: Set<Int32>
  private var sampler: Sampler
  private var matcher: StopStringMatcher
  private var decoder = UTF8StreamDecoder()
  /// The logits after everything that is in the session.
  private var logits: [Float]
  private var isDrained = false

  /// Sends the prompt through the session, behind what is in it already.
  /// - Throws: `InferenceError` when the prompt is empty, does not fit, or has tokens the model does not know.
  public convenience init(
    prompt: [Int32], session: InferenceSession, tokenizer: any Tokenizer, options: GenerationOptions
  ) throws {
    try self.init(prompt, session, tokenizer, options) { try session.prefill(prompt) }
  }

  /// Continues `sequence`, which takes the place of what is in the session; what they have in common, such as the
  /// earlier turns of a conversation, is not computed again.
  /// - Throws: `InferenceError` when the sequence is empty, does not fit, or has tokens the model does not know.
  public convenience init(
    wholeSequence sequence: [Int32], session: InferenceSession, tokenizer: any Tokenizer, options: GenerationOptions
  ) throws {
    try self.init(sequence, session, tokenizer, options) { try session.prefill(wholeSequence: sequence) }
  }

  private init(
    _ prompt: [Int32], _ session: InferenceSession, _ tokenizer: any Tokenizer, _ options: GenerationOptions,
    prefill: () throws -> [Float]
  ) throws {
    self.options = options
    self.session = session
    self.tokenizer = tokenizer
    let ends = session.model.architecture.endOfSequenceTokenIDs.map(Int32.init)
    stopTokens = options.stopTokens.union(ends + [tokenizer.endOfSequenceTokenID].compactMap { $0 })
    sampler = Sampler(options.sampling)
    sampler.observe(prompt)
    matcher = StopStringMatcher(options.stopStrings)
    logits = try prefill()
    if options.maximumNewTokens == 0 { finishReason = .maximumNewTokens }
  }

  /// The next piece of text, never empty; nil when the generation is over.
  /// - Throws: `InferenceError.logitNotFinite`, `TokenizerError`.
  public func nextPiece() throws -> String? {
    while finishReason == nil {
      let text = try step()
      if !text.isEmpty { return text }
    }
    guard !isDrained else { return nil }
    isDrained = true
    var rest = ""
    if case .stopString = finishReason {} else { rest = decoder.decode(matcher.finish()) }
    rest += decoder.finish()
    return rest.isEmpty ? nil : rest
  }

  /// Generates to the end.
  /// - Parameter receive: gets the pieces as they come.
  /// - Returns: the whole text.
  @discardableResult
  public func run(_ receive: (String) throws -> Void = { _ in }) throws -> String {
    var text = ""
    while let piece = try nextPiece() {
      text += piece
      try receive(piece)
    }
    return text
  }

  /// Draws one token and returns the text it completes.
  private func step() throws -> String {
    let token = try sampler.sample(knownLogits)
    tokens.append(token)
    if stopTokens.contains(token) {
      finishReason = .stopToken(token)
      return ""
    }
    let (released, stop) = matcher.consume(
      try tokenizer.decodeContinuation(CollectionOfOne(token), skippingSpecialTokens: true))
    if let stop {
      finishReason = .stopString(stop)
    } else if tokens.count == options.maximumNewTokens {
      finishReason = .maximumNewTokens
    } else if session.position == session.positionLimit {
      finishReason = .contextFull
    } else {
      logits = try session.decode(token)
    }
    return decoder.decode(released)
  }

  /// Without those of a padded vocabulary, which no text stands for.
  private var knownLogits: [Float] {
    tokenizer.vocabularySize < logits.count ? Array(logits.prefix(tokenizer.vocabularySize)) : logits
  }
}
