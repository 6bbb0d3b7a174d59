import Dispatch
import Foundation
import Synchronization

/// Notices Ctrl-C, SIGTERM and the loss of the terminal, so that a training step can be finished and saved. A second signal ends the process.
final class InterruptFlag: Sendable {
  private let raised = Atomic<Bool>(false)
  private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

  var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// - Parameter onFirst: called once, on another thread.
  init(_ onFirst: @escaping @Sendable () -> Void) {
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
        if self?.raised.exchange(true, ordering: .relaxed) == false { onFirst() }
      }
      source.resume()
      return source
    }
  }
}
