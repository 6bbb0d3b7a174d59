#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A value behind the system's mutex, for locks that threads contend for.
///
/// `Synchronization.Mutex` promises the same. On Linux, though, a contended one passes from thread to thread inside the
/// kernel, which the thread sanitizer does not see: it reports everything such a lock protects.
///
/// `@unchecked Sendable`: `value` is touched inside `withLock` alone.
package final class SystemMutex<Value: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var value: Value

  package init(_ value: Value) {
    self.value = value
    let status = pthread_mutex_init(mutex, nil)
    precondition(status == 0, "no mutex: \(String(cString: strerror(status)))")
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Calls `body` while no other thread is in one.
  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
