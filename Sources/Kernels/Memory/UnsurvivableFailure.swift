import Synchronization

/// The end of a computation that lacks memory, a thread or a library: there is no way on, and none back from the midst of a
/// product.
package enum UnsurvivableFailure {
  private static let ending = Mutex<(@Sendable (String) -> Never)?>(nil)

  /// How a program ends that wants to choose its own words and exit code; a trap otherwise.
  package static func end(by handler: @escaping @Sendable (String) -> Never) {
    ending.withLock { $0 = handler }
  }

  /// - Parameter text: what is missing, and what to do.
  package static func end(_ text: String) -> Never {
    let handler = ending.withLock { $0 }
    handler?(text)
    fatalError(text)
  }
}
