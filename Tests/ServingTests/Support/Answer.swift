import Inference
import Synchronization

import Serving

/// One whole continuation.
struct Answer: Equatable {
  var text = ""
  var steps: [GenerationState.Step] = []
  var finishReason: FinishReason?

  /// The answers to a request when nobody else asks for anything.
  static func alone(
    _ request: GenerationRequest, _ model: ServedModel, _ configuration: EngineConfiguration
  ) throws -> [Answer] {
    try (0..<request.choices).map { choice in
      let session = InferenceSession(
        model.runtime, positionLimit: configuration.contextLimit, cache: configuration.keyValues)
      let generation = try Generation(
        prompt: request.prompt, session: session, tokenizer: model.tokenizer, options: request.options(ofChoice: choice)
      )
      var answer = Answer(text: try generation.run())
      answer.finishReason = generation.finishReason
      answer.steps = generation.tokens.indices.map { index in
        let logProbabilities = generation.logProbabilities.isEmpty ? nil : generation.logProbabilities[index]
        // The texts of single tokens are compared as a whole.
        return GenerationState.Step(token: generation.tokens[index], text: "", logProbabilities: logProbabilities)
      }
      return answer
    }
  }
}

/// What a request was told.
final class EventLog: Sendable {
  private struct State {
    var events: [GenerationEvent] = []
    var error: (any Error)?
    var isOver = false
  }

  private let state = Mutex(State())

  var sink: EventSink {
    EventSink(
      send: { event in self.state.withLock { $0.events.append(event) } },
      end: { error in self.state.withLock { ($0.error, $0.isOver) = (error, true) } })
  }

  var events: [GenerationEvent] { state.withLock { $0.events } }
  var error: (any Error)? { state.withLock { $0.error } }
  var servingError: ServingError? { error as? ServingError }
  var isOver: Bool { state.withLock { $0.isOver } }

  var usage: Usage? {
    for case .completed(let usage) in events.suffix(1) { return usage }
    return nil
  }

  func answers(_ choices: Int = 1) -> [Answer] { Self.answers(events, choices) }

  static func answers(_ events: [GenerationEvent], _ choices: Int = 1) -> [Answer] {
    var answers = [Answer](repeating: Answer(), count: choices)
    for event in events {
      switch event {
      case .piece(let piece):
        answers[piece.choice].text += piece.text
        answers[piece.choice].steps += piece.tokens.map {
          GenerationState.Step(token: $0.token, text: "", logProbabilities: $0.logProbabilities)
        }
      case .finished(let choice, let reason): answers[choice].finishReason = reason
      case .completed: break
      }
    }
    return answers
  }
}
