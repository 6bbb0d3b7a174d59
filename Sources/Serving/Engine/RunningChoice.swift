import Inference

/// One continuation of a running request.
final class RunningChoice {
  let sequence: SequenceState
  /// nil when it has been left: it may be somebody else's by now.
  private var slot: Slot?
  /// Drawn, and not yet in the sequence.
  private(set) var pendingToken: Int32?
  private let index: Int
  private var state: GenerationState
  /// Tokens whose text is not complete.
  private var heldSteps: [GenerationState.Step] = []

  init(_ index: Int, of request: GenerationRequest, in slot: Slot, _ model: ServedModel) {
    self.index = index
    self.slot = slot
    sequence = slot.sequence
    state = GenerationState(
      prompt: request.prompt, model: model.runtime, tokenizer: model.tokenizer,
      options: request.options(ofChoice: index))
  }

  var isOver: Bool { state.finishReason != nil }
  var tokenCount: Int { state.tokens.count }

  /// Draws the next token.
  /// - Parameter logits: after all that is in the sequence.
  /// - Throws: `InferenceError.logitNotFinite`, `TokenizerError`.
  func step(_ logits: [Float]) throws -> [GenerationEvent] {
    let step = try state.step(logits, isContextFull: sequence.position == sequence.positionLimit)
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
