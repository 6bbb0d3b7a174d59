import Inference
import Serving

/// Reads what the engine says to the requests of a plan, one after the other; all of them run at the same time.
package struct AnswerReader: Sendable {
  private let plan: AnswerPlan
  private let engine: Engine
  private let streams: [GenerationStream]

  /// Queues the requests; where one is refused, all of them are.
  /// - Throws: `ServingError`, `InferenceError`.
  init(_ plan: AnswerPlan, _ engine: Engine) throws {
    (self.plan, self.engine) = (plan, engine)
    streams = try plan.requests.map { request in
      do { return try engine.submit(request) } catch { throw APIError(error).about(plan, error) }
    }
  }

  enum Event {
    case piece(choice: Int, AnswerPiece)
    /// With the reason in OpenAI's words.
    case finished(choice: Int, String)
  }

  /// Ends the requests, and no others.
  func cancel() { for stream in streams { engine.cancel(stream.id) } }

  /// - Returns: the counts of all requests.
  func read(_ receive: (Event) async throws -> Void) async throws -> Usage {
    var total = Usage.none
    for (index, stream) in streams.enumerated() {
      let first = index * plan.choicesOfEach
      var readers = [ChoiceReader](repeating: ChoiceReader(plan.toolCalls), count: plan.choicesOfEach)
      var isComplete = false
      for try await event in stream.events {
        switch event {
        case .piece(let piece):
          let told = readers[piece.choice].read(piece)
          if !told.isEmpty { try await receive(.piece(choice: first + piece.choice, told)) }
        case .finished(let choice, let reason):
          let rest = readers[choice].finish()
          if !rest.isEmpty { try await receive(.piece(choice: first + choice, rest)) }
          try await receive(.finished(choice: first + choice, readers[choice].ending(reason)))
        case .completed(let usage): (total, isComplete) = (total + usage, true)
        }
      }
      // A stream whose reader is cancelled ends without an error.
      guard isComplete else { throw ServingError.cancelled }
    }
    return total
  }

  /// Everything at once.
  func whole(_ firstPiece: () -> Void) async throws -> (choices: [ChoiceAnswer], usage: Usage) {
    var choices = [ChoiceAnswer](repeating: ChoiceAnswer(), count: plan.choicesOfEach * streams.count)
    let usage = try await read { event in
      switch event {
      case .piece(let choice, let piece):
        firstPiece()
        choices[choice].append(piece)
      case .finished(let choice, let reason): choices[choice].finishReason = reason
      }
    }
    return (choices, usage)
  }
}

extension APIError {
  /// About the key that the request has for it.
  fileprivate func about(_ plan: AnswerPlan, _ error: any Error) -> APIError {
    if case .tooManyChoices = error as? ServingError { return self }
    return about(plan.textKey)
  }
}
