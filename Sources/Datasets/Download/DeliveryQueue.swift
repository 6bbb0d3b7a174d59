import Foundation

/// The queue on which a URL session tells its delegate what comes. It makes the session wait for the delegate.
///
/// On Linux a session adds an operation for every block of 16 KB that it reads, as fast as the network is, whatever the
/// delegate has done with those before: a server that never stops would fill the memory. Waiting here holds up the reading.
///
/// `@unchecked Sendable`: has nothing of its own that changes.
final class DeliveryQueue: OperationQueue, @unchecked Sendable {
  private static let capacity = 16

  private let places = DispatchSemaphore(value: capacity)
  /// A thread of its own, also where others keep all of the shared ones busy: the session holds in memory what comes before the
  /// delegate has seen the head of an answer. The superclass does not retain it.
  private let thread = DispatchQueue(label: "download")

  override init() {
    super.init()
    maxConcurrentOperationCount = 1
    underlyingQueue = thread
  }

  override func addOperation(_ block: @escaping @Sendable () -> Void) {
    places.wait()
    super.addOperation { [places] in
      block()
      places.signal()
    }
  }
}
