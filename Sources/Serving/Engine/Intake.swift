import Dispatch
import Kernels
import Synchronization

/// What other threads have to do with the engine's: requests come in here, and it takes them out.
package final class Intake: Sendable {
  private struct State {
    var queue = FairQueue<Ticket>()
    var cancelled: Set<RequestID> = []
    var responses: ResponseCache
    var rate = TokenRate()
    var running = 0
    /// No more requests; what is not done by then fails.
    var closing: ContinuousClock.Instant?
    var hasEnded = false
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []
  }

  private let configuration: EngineConfiguration
  private let state: SystemMutex<State>
  private let news = DispatchSemaphore(value: 0)
  private let lastNumber = Atomic<UInt64>(0)

  package init(_ configuration: EngineConfiguration) {
    self.configuration = configuration
    state = SystemMutex(State(responses: ResponseCache(byteLimit: configuration.responseCacheBytes)))
  }

  // MARK: - For other threads

  package func newID() -> RequestID { RequestID(number: lastNumber.add(1, ordering: .relaxed).newValue) }

  /// Queues a request, or answers it at once.
  /// - Throws: `ServingError.queueFull`, `.shuttingDown`.
  package func submit(_ ticket: Ticket) throws {
    let known = try state.withLock { state -> [GenerationEvent]? in
      guard state.closing == nil else { throw ServingError.shuttingDown }
      if let key = ticket.key, let events = state.responses.events(for: key) { return events }
      guard state.queue.count < configuration.queueLimit else {
        let tokens = state.queue.all.reduce(0) { $0 + $1.request.mostTokens }
        throw ServingError.queueFull(waiting: state.queue.count, retryAfter: state.rate.time(for: tokens))
      }
      state.queue.append(ticket, of: ticket.request.client)
      return nil
    }
    if let known { ticket.sink.replay(known) } else { news.signal() }
  }

  /// Ends a request, wherever it is; no other.
  package func cancel(_ id: RequestID) {
    let waiting = state.withLock { state in
      let waiting = state.queue.remove { $0.id == id }
      if waiting.isEmpty && !state.hasEnded { state.cancelled.insert(id) }
      return waiting
    }
    for ticket in waiting { ticket.sink.end(ServingError.cancelled) }
    news.signal()
  }

  package func close(at instant: ContinuousClock.Instant) {
    state.withLock { $0.closing = min($0.closing ?? instant, instant) }
    news.signal()
  }

  var isClosing: Bool { state.withLock { $0.closing != nil } }

  func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.waitingForEnd.append(continuation) }
        return state.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }

  package var load: EngineLoad {
    state.withLock {
      EngineLoad(waiting: $0.queue.count, running: $0.running, keptAnswers: $0.responses.count)
    }
  }

  // MARK: - For the engine's thread

  struct Orders {
    let cancelled: Set<RequestID>
    /// No longer waiting, without having been begun.
    let late: [Ticket]
    /// Everything is to end.
    let isTimeUp: Bool
  }

  func orders(at now: ContinuousClock.Instant) -> Orders {
    state.withLock { state in
      let isTimeUp = state.closing.map { now >= $0 } ?? false
      let late = state.queue.remove { isTimeUp || waitError(of: $0, at: now) != nil }
      defer { state.cancelled = [] }
      return Orders(cancelled: state.cancelled, late: late, isTimeUp: isTimeUp)
    }
  }

  /// Why a request may wait no longer.
  func waitError(of ticket: Ticket, at now: ContinuousClock.Instant) -> ServingError? {
    let waited = now - ticket.submitted
    if waited >= configuration.requestTimeout { return .requestTimedOut(limit: configuration.requestTimeout) }
    return waited >= configuration.queueWaitLimit ? .queueWaitExceeded(limit: configuration.queueWaitLimit) : nil
  }

  /// The request whose turn it is, if it has no more choices than there are slots. The ones behind it wait too: else
  /// requests of many choices would wait forever.
  func next(fitting slots: Int) -> Ticket? {
    state.withLock { state in
      guard let first = state.queue.first, first.request.choices <= slots else { return nil }
      return state.queue.removeFirst()
    }
  }

  func knownEvents(for ticket: Ticket) -> [GenerationEvent]? {
    ticket.key.flatMap { key in state.withLock { $0.responses.events(for: key) } }
  }

  func keep(_ events: [GenerationEvent], for key: ResponseKey) {
    state.withLock { $0.responses.insert(events, for: key) }
  }

  package func report(tokens: Int, seconds: Double) { state.withLock { $0.rate.add(tokens: tokens, seconds: seconds) } }

  func report(running: Int) { state.withLock { $0.running = running } }

  /// Waits until there may be something to do.
  /// - Returns: false when nothing will come any more.
  package func waitForNews() -> Bool {
    let isOver = state.withLock { $0.closing != nil && $0.queue.isEmpty }
    if isOver { return false }
    news.wait()
    return true
  }

  func end() {
    let waiting = state.withLock { state in
      state.hasEnded = true
      defer { state.waitingForEnd = [] }
      return state.waitingForEnd
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// How busy an engine is.
public struct EngineLoad: Equatable, Sendable {
  /// Requests that have not begun.
  public let waiting: Int
  public let running: Int
  /// Answers to deterministic requests that are kept.
  public let keptAnswers: Int

  package init(waiting: Int, running: Int, keptAnswers: Int) {
    (self.waiting, self.running, self.keptAnswers) = (waiting, running, keptAnswers)
  }
}
