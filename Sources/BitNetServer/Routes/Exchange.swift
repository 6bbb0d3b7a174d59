import Serving
import Synchronization

/// A request on its way through the server, and what is remembered of it at its end.
final class Exchange: Sendable {
  private let started = ContinuousClock.now
  private let state: Mutex<(record: RequestRecord, isOver: Bool)>
  private let report: @Sendable (RequestRecord) -> Void
  private let log: @Sendable (String) -> Void

  /// - Parameter log: told what the client is not: errors that are the server's own.
  init(
    _ record: RequestRecord, report: @escaping @Sendable (RequestRecord) -> Void,
    log: @escaping @Sendable (String) -> Void
  ) {
    state = Mutex((record, false))
    (self.report, self.log) = (report, log)
  }

  private var seconds: Double { (ContinuousClock.now - started) / .seconds(1) }

  func belongs(to client: String) { state.withLock { $0.record.client = client } }

  /// Counts what it got, also where it fails in the end.
  func add(_ usage: Usage) {
    let seconds = seconds
    state.withLock {
      if usage.completionTokens > 0, $0.record.secondsToFirstToken == nil { $0.record.secondsToFirstToken = seconds }
      $0.record.promptTokens += usage.promptTokens
      $0.record.cachedTokens += usage.cachedTokens
      $0.record.completionTokens += usage.completionTokens
    }
  }

  /// What the client is told of an error.
  func told(_ error: any Error) -> APIError {
    let told = APIError(error)
    if told.status == 500 { log("\(error)") }
    return told
  }

  /// - Returns: what the client is told.
  func end(_ error: any Error) -> APIError {
    let told = told(error)
    end(status: told.status, code: told.code)
    return told
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
