import Serving
import Synchronization

/// Counts what a request takes, as the engine says it: also what nobody is there to read, or waits behind another answer.
final class RequestTally: Sendable {
  private let promptTokens: Int
  private let exchange: Exchange
  /// nil: any number.
  private let meter: TokenMeter?
  private let counted = Mutex(Usage.none)

  init(promptTokens: Int, _ exchange: Exchange, _ meter: TokenMeter?) {
    (self.promptTokens, self.exchange, self.meter) = (promptTokens, exchange, meter)
  }

  /// So far.
  var usage: Usage { counted.withLock { $0 } }

  func note(_ event: GenerationEvent) {
    switch event {
    case .piece(let piece):
      meter?.count(piece.tokens.count)
      count { before in
        Usage(
          promptTokens: promptTokens, cachedTokens: 0, completionTokens: before.completionTokens + piece.tokens.count)
      }
    case .completed(let usage): count { _ in usage }
    case .finished: break
    }
  }

  private func count(_ change: (Usage) -> Usage) {
    let difference = counted.withLock { usage in
      let before = usage
      usage = change(before)
      return usage - before
    }
    exchange.add(difference)
  }
}
