import Tokenization

/// One continuation of a prompt, generated token by token as its pieces are asked for.
///
/// A piece never ends within the UTF-8 form of a character. Asking for a piece runs the model on the calling
/// thread; `pieces` offers the same as an `AsyncSequence`.
public final class Generation {
  /// Of the tokens generated so far, where the options ask for them.
  public private(set) var logProbabilities: [DrawnLogProbabilities] = []
  private let session: InferenceSession
  private var state: GenerationState
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
    self.session = session
    state = GenerationState(prompt: prompt, model: session.model, tokenizer: tokenizer, options: options)
    logits = try prefill()
  }

  public var options: GenerationOptions { state.options }

  /// The tokens generated so far, a stop token included.
  public var tokens: [Int32] { state.tokens }

  /// nil while it goes on.
  public var finishReason: FinishReason? { state.finishReason }

  /// The next piece of text, never empty; nil when the generation is over.
  /// - Throws: `InferenceError.logitNotFinite`, `TokenizerError`.
  public func nextPiece() throws -> String? {
    while finishReason == nil {
      let text = try step()
      if !text.isEmpty { return text }
    }
    guard !isDrained else { return nil }
    isDrained = true
    let rest = state.finish()
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
    let step = try state.step(logits, isContextFull: session.position == session.positionLimit)
    if let found = step.logProbabilities { logProbabilities.append(found) }
    if finishReason == nil { logits = try session.decode(step.token) }
    return step.text
  }
}
