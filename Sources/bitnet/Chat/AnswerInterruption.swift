import Dispatch
import Foundation
import Synchronization

/// Ctrl-C while an answer is being written: the answer stops, the program does not.
final class AnswerInterruption: Sendable {
  /// Thrown out of a generation that was stopped.
  struct Stopped: Error {}

  private let raised = Atomic<Bool>(false)
  private nonisolated(unsafe) var source: (any DispatchSourceSignal)?

  init() {
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { [weak self] in self?.raised.store(true, ordering: .relaxed) }
    source.resume()
    self.source = source
  }

  /// A new answer begins.
  func clear() { raised.store(false, ordering: .relaxed) }

  func check() throws {
    if raised.load(ordering: .relaxed) { throw Stopped() }
  }
}
