import Synchronization

/// Where the time of training steps goes: seconds per kind of operation, forward and backward.
///
/// Operations run one after the other, so that the time since the last one ended is the time of the next, with whatever
/// small work lies between them.
package final class OperationProfile: Sendable {
  /// Collects what runs inside of a scope; nil: nothing is measured.
  @TaskLocal package static var current: OperationProfile?

  private struct State {
    var last = ContinuousClock.now
    var seconds: [String: Double] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Seconds by name, such as `BitLinear forward`.
  package var seconds: [String: Double] { state.withLock { $0.seconds } }

  /// Forgets what was measured, such as the first steps.
  package func reset() { state.withLock { $0 = State() } }

  /// Ends a stretch of time that counts for nothing.
  package func skip() { state.withLock { $0.last = .now } }

  /// Counts the time since the last mark for an operation.
  func mark(_ operation: any BackwardOperation, _ direction: String) {
    let type = String(describing: type(of: operation))
    let name = "\(type.hasSuffix("Backward") ? String(type.dropLast(8)) : type) \(direction)"
    state.withLock { state in
      let now = ContinuousClock.now
      state.seconds[name, default: 0] += (now - state.last) / .seconds(1)
      state.last = now
    }
  }
}
