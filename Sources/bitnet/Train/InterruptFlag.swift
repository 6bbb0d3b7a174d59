import Dispatch
import Foundation
import Synchronization

/// Notices Ctrl-C, SIGTERM and the loss of the terminal, so that a training step can be finished and saved. A second signal
/// ends the process. Under `nohup` the loss of the terminal is nothing to notice.
final class InterruptFlag: Sendable {
  private let raised = Atomic<Bool>(false)
  private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

  var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// - Parameter onFirst: called once, on another thread.
  init(_ onFirst: @escaping @Sendable () -> Void) {
    let numbers = Self.isIgnored(SIGHUP) ? [SIGINT, SIGTERM] : [SIGINT, SIGTERM, SIGHUP]
    sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in
        for number in numbers { signal(number, SIG_DFL) }
        if self?.raised.exchange(true, ordering: .relaxed) == false { onFirst() }
      }
      source.resume()
      return source
    }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    #if canImport(Glibc)
      let handler = action.__sigaction_handler.sa_handler
    #else
      let handler = action.__sigaction_u.__sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
