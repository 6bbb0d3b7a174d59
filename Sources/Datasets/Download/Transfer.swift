import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One HTTP request whose body goes to a receiver, block by block, as it comes.
final class Transfer: NSObject, URLSessionDataDelegate, Sendable {
  /// What to do with the body, decided when the headers are there and for each block after that. Called on one
  /// queue. An error ends the transfer and is thrown by `run`.
  struct Receiver: Sendable {
    var begin: @Sendable (HTTPURLResponse) throws -> Void
    var receive: @Sendable (Data) throws -> Void
  }

  private struct State {
    var failure: (any Error)?
    var continuation: CheckedContinuation<Void, any Error>?
    var task: URLSessionTask?
    var isCancelled = false
    /// Whether the answer that is meant for the receiver has begun.
    var hasBegun = false
  }

  /// Seconds until the answer must have begun; far more than redirections take, and enough where other transfers of this
  /// process, with which it shares a queue, are in its way.
  private static let longestBeginning = 60.0

  private let receiver: Receiver
  private let state = Mutex(State())

  private init(_ receiver: Receiver) { self.receiver = receiver }

  /// - Parameter timeout: seconds without a byte after which the transfer fails.
  /// - Throws: what the receiver throws, `URLError`, or `CancellationError`.
  static func run(_ request: URLRequest, timeout: TimeInterval, into receiver: Receiver) async throws {
    let transfer = Transfer(receiver)
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = timeout
    configuration.urlCache = nil
    let session = URLSession(configuration: configuration, delegate: transfer, delegateQueue: DeliveryQueue())
    defer { session.finishTasksAndInvalidate() }
    // No task of Swift's: all of their threads may be waiting for a session.
    let watch = DispatchSource.makeTimerSource(queue: .global())
    watch.setEventHandler { transfer.boundRedirection() }
    watch.schedule(deadline: .now() + max(longestBeginning, 2 * timeout))
    watch.resume()
    defer { watch.cancel() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        transfer.start(session.dataTask(with: request), continuation)
      }
    } onCancel: {
      transfer.cancel()
    }
  }

  private func start(_ task: URLSessionTask, _ continuation: CheckedContinuation<Void, any Error>) {
    let isCancelled = state.withLock { state in
      state.task = task
      state.continuation = continuation
      return state.isCancelled
    }
    task.resume()
    if isCancelled { task.cancel() }
  }

  private func cancel() {
    let task = state.withLock { state in
      state.isCancelled = true
      return state.task
    }
    task?.cancel()
  }

  /// The body of an answer that leads elsewhere is kept in memory by the session, and the delegate hears of it at its end.
  /// No count tells how much has come, but every block takes longer than the one before: time bounds it.
  private func boundRedirection() {
    let (task, hasBegun) = state.withLock { ($0.task, $0.hasBegun) }
    if let task, !hasBegun { fail(URLError(.dataLengthExceedsMaximum), task) }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    guard let response = response as? HTTPURLResponse else {
      fail(URLError(.badServerResponse), dataTask)
      return completionHandler(.cancel)
    }
    guard
      state.withLock({ state in
        state.hasBegun = true
        return state.failure == nil && !state.isCancelled
      })
    else { return completionHandler(.cancel) }
    do {
      try receiver.begin(response)
      completionHandler(.allow)
    } catch {
      fail(error, dataTask)
      completionHandler(.cancel)
    }
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard state.withLock({ $0.failure == nil && !$0.isCancelled }) else { return }
    do {
      try receiver.receive(data)
    } catch {
      fail(error, dataTask)
    }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    end(error)
  }

  private func end(_ error: (any Error)?) {
    let (continuation, failure) = state.withLock { state in
      defer { state.continuation = nil }
      return (state.continuation, state.failure ?? (state.isCancelled ? CancellationError() : error))
    }
    if let failure { continuation?.resume(throwing: failure) } else { continuation?.resume() }
  }

  private func fail(_ error: any Error, _ task: URLSessionTask) {
    state.withLock { if $0.failure == nil { $0.failure = error } }
    // It waits for the session, which may wait for a place in the queue of which this is the first, or have no time while
    // the server sends. What comes until then is dropped.
    DispatchQueue.global().async { task.cancel() }
    end(error)
  }
}
