import Inference

/// A request in the batch: first its prompt, in the sequence of its first choice, then a token of every choice at a time.
final class RunningRequest {
  let ticket: Ticket
  let choices: [RunningChoice]
  /// Tokens of the prompt that were there already.
  private let cachedTokens: Int
  private var sent: [GenerationEvent] = []

  /// - Parameter choices: the first one's sequence is a beginning of the prompt.
  init(_ ticket: Ticket, choices: [RunningChoice]) {
    self.ticket = ticket
    self.choices = choices
    cachedTokens = choices[0].sequence.position
  }

  var isOver: Bool { choices.allSatisfy(\.isOver) }

  /// The tokens of the prompt that are still to be computed.
  var restOfPrompt: ArraySlice<Int32> {
    // The first choice has drawn a token, or is over, when its prompt is done.
    guard choices[0].tokenCount == 0 else { return [] }
    return ticket.request.prompt[choices[0].sequence.position...]
  }

  /// Every choice goes on from the logits after the prompt.
  /// - Throws: `InferenceError.logitNotFinite`, `TokenizerError`.
  func beginChoices(_ logits: [Float]) throws {
    for choice in choices.dropFirst() {
      choice.sequence.copyPrefix(ticket.request.prompt.count, of: choices[0].sequence)
    }
    for choice in choices { try choice.begin(logits).forEach(send) }
  }

  /// - Throws: `InferenceError.logitNotFinite`, `TokenizerError`.
  func advance(_ choice: RunningChoice, _ logits: [[Float]]) throws { try choice.advance(logits).forEach(send) }

  /// Tells the client that it is over.
  /// - Returns: the whole answer, where it may be kept.
  func complete() -> [GenerationEvent] {
    send(
      .completed(
        Usage(
          promptTokens: ticket.request.prompt.count, cachedTokens: cachedTokens,
          completionTokens: choices.reduce(0) { $0 + $1.tokenCount })))
    ticket.sink.end(nil)
    return sent
  }

  private func send(_ event: GenerationEvent) {
    if ticket.key != nil { sent.append(event) }
    ticket.sink.send(event)
  }
}
