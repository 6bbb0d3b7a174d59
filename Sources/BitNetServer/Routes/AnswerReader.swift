import Inference
import Serving

/// Reads what the engine says to the requests of a plan, one after the other; all of them run at the same time.
package struct AnswerReader: Sendable {
  private let plan: AnswerPlan
  private let engine: Engine
  private let terms: AnswerTerms
  private let streams: [GenerationStream]
  private let tallies: [RequestTally]

  /// Queues the requests; where one is refused, all of them are.
  /// - Throws: `APIError`.
  init(_ plan: AnswerPlan, _ engine: Engine, _ terms: AnswerTerms, _ exchange: Exchange) throws {
    (self.plan, self.engine, self.terms) = (plan, engine, terms)
    guard plan.requests.count <= engine.configuration.queueLimit else {
      throw APIError.invalid(
        "\(plan.textKey) has \(plan.requests.count) texts, and \(engine.configuration.queueLimit) may wait at a time here.",
        param: plan.textKey)
    }
    let promptTokens = plan.requests.reduce(0) { $0 + $1.prompt.count }
    do { try terms.meter?.check(promptTokens: promptTokens) } catch { throw APIError(error).about(plan.textKey) }
    let tallies = plan.requests.map { RequestTally(promptTokens: $0.prompt.count, exchange, terms.meter) }
    self.tallies = tallies
    streams = try zip(plan.requests, tallies).map { request, tally in
      do { return try engine.submit(request, observer: tally.note) } catch { throw APIError(error).about(plan, error) }
    }
    // Who was refused by the queue has taken nothing.
    terms.meter?.count(promptTokens)
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
    for index in streams.indices { total = total + (try await read(index, receive)) }
    return total
  }

  private func read(_ index: Int, _ receive: (Event) async throws -> Void) async throws -> Usage {
    let (stream, first) = (streams[index], index * plan.choicesOfEach)
    var filtered = terms.filter.map { FilteredAnswer($0, choices: plan.choicesOfEach) }
    var readers = [ChoiceReader](repeating: ChoiceReader(plan.toolCalls), count: plan.choicesOfEach)
    var characters = [Int](repeating: 0, count: plan.choicesOfEach)
    for try await event in stream.events {
      for passed in filtered?.filter(event) ?? [event] {
        switch passed {
        case .piece(let piece):
          var told = readers[piece.choice].read(piece)
          told.offset = characters[piece.choice]
          characters[piece.choice] += plan.form.characterCount(told.steps)
          if !told.isEmpty { try await receive(.piece(choice: first + piece.choice, told)) }
        case .finished(let choice, let reason):
          let rest = readers[choice].finish()
          if !rest.isEmpty { try await receive(.piece(choice: first + choice, rest)) }
          try await receive(.finished(choice: first + choice, readers[choice].ending(reason)))
        case .completed(let usage): return usage
        }
      }
      if filtered?.isRefused == true {
        // Nobody will read the rest.
        engine.cancel(stream.id)
        return tallies[index].usage
      }
    }
    // A stream whose reader is cancelled ends without an error.
    throw ServingError.cancelled
  }

  /// Everything at once.
  func whole() async throws -> (choices: [ChoiceAnswer], usage: Usage) {
    var choices = [ChoiceAnswer](repeating: ChoiceAnswer(), count: plan.choicesOfEach * streams.count)
    let usage = try await read { event in
      switch event {
      case .piece(let choice, let piece): choices[choice].append(piece)
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
