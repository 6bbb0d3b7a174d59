import Inference

/// One continuation of a running request.
final class RunningChoice {
  let sequence: SequenceState
  /// nil when it has been left: it may be somebody else's by now.
  private var slot: Slot?
  /// Drawn, and not yet in the sequence.
  private var pendingToken: Int32?
  /// Behind the pending token in the forward pass: guesses at what will be drawn.
  private var draft: [Int32] = []
  private var lookup = PromptLookup()
  private let index: Int
  private let prompt: [Int32]
  private var state: GenerationState
  /// Tokens whose text is not complete.
  private var heldSteps: [GenerationState.Step] = []

  init(_ index: Int, of request: GenerationRequest, in slot: Slot, _ model: ServedModel) {
    self.index = index
    self.slot = slot
    sequence = slot.sequence
    prompt = request.prompt
    state = GenerationState(
      prompt: prompt, model: model.runtime, tokenizer: model.tokenizer, options: request.options(ofChoice: index))
  }

  var isOver: Bool { state.finishReason != nil }
  var tokenCount: Int { state.tokens.count }
  /// Whether a token waits to be appended.
  var isContinuing: Bool { pendingToken != nil }

  /// What is to be appended to the sequence: the token that was drawn last, and guesses behind it.
  /// - Parameter guesses: the most of them.
  func nextTokens(guesses: Int) -> ArraySlice<Int32> {
    guard let pendingToken else { return [] }
    let useful = min(
      guesses, state.options.maximumNewTokens - tokenCount - 1, sequence.positionLimit - sequence.position - 1)
    draft = useful > 0 ? lookup.draft(after: prompt + state.tokens, count: useful) : []
    return ([pendingToken] + draft)[...]
  }

  /// Draws the token behind the prompt.
  /// - Throws: `InferenceError.logitNotFinite`, `TokenizerError`.
  func begin(_ logits: [Float]) throws -> [GenerationEvent] { try step(logits) }

  /// Draws tokens as long as they are what was guessed, and one more. They are the tokens that would be drawn without
  /// guesses: the logits of a row are, and each draw is one draw of the sampler.
  /// - Parameter logits: after each of ``nextTokens(guesses:)``, which are in the sequence now.
  /// - Throws: `InferenceError.logitNotFinite`, `TokenizerError`.
  func advance(_ logits: [[Float]]) throws -> [GenerationEvent] {
    let known = sequence.position - draft.count
    var events: [GenerationEvent] = []
    var accepted = 0
    for (row, guess) in zip(logits, draft.map(Optional.some) + [nil]) {
      events += try step(row)
      guard let drawn = state.tokens.last, drawn == guess else { break }
      accepted += 1
      if isOver { break }
    }
    sequence.truncate(to: known + accepted)
    lookup.learn(accepted: accepted, drafted: draft.count)
    return events
  }

  private func step(_ logits: [Float]) throws -> [GenerationEvent] {
    let isContextFull = prompt.count + tokenCount == sequence.positionLimit
    let step = try state.step(logits, isContextFull: isContextFull)
    heldSteps.append(step)
    guard let reason = state.finishReason else {
      pendingToken = step.token
      return step.text.isEmpty ? [] : [piece(step.text)]
    }
    pendingToken = nil
    return [piece(step.text + state.finish()), .finished(choice: index, reason)]
  }

  /// - Returns: the slot, unless it was left before.
  func leaveSlot() -> Slot? {
    defer { slot = nil }
    return slot
  }

  private func piece(_ text: String) -> GenerationEvent {
    defer { heldSteps = [] }
    return .piece(GenerationPiece(choice: index, text: text, tokens: heldSteps))
  }
}
