import Serving
import Synchronization

/// A request on its way through the server, and what is remembered of it at its end.
final class Exchange: Sendable {
  private let started = ContinuousClock.now
  private let state: Mutex<(record: RequestRecord, isOver: Bool)>
  private let report: @Sendable (RequestRecord) -> Void

  init(_ record: RequestRecord, report: @escaping @Sendable (RequestRecord) -> Void) {
    state = Mutex((record, false))
    self.report = report
  }

  private var seconds: Double { (ContinuousClock.now - started) / .seconds(1) }

  func belongs(to client: String) { state.withLock { $0.record.client = client } }

  func firstToken() {
    let seconds = seconds
    state.withLock { if $0.record.secondsToFirstToken == nil { $0.record.secondsToFirstToken = seconds } }
  }

  func count(_ usage: Usage) {
    state.withLock {
      $0.record.promptTokens = usage.promptTokens
      $0.record.cachedTokens = usage.cachedTokens
      $0.record.completionTokens = usage.completionTokens
    }
  }

  /// Only the first end counts.
  func end(status: Int, code: String? = nil) {
    let seconds = seconds
    let record = state.withLock { state -> RequestRecord? in
      guard !state.isOver else { return nil }
      state.isOver = true
      (state.record.status, state.record.errorCode, state.record.seconds) = (status, code, seconds)
      return state.record
    }
    if let record { report(record) }
  }
}
