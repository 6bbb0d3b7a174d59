import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The end of a computation whose memory the system refuses: there is no way on, and none back from the midst of a product.
package enum RefusedMemory {
  private static let ending = Mutex<(@Sendable (String) -> Never)?>(nil)

  /// How a program ends that wants to choose its own words and exit code; a trap otherwise.
  package static func end(by handler: @escaping @Sendable (String) -> Never) {
    ending.withLock { $0 = handler }
  }

  /// - Parameter text: what was refused.
  package static func end(_ text: String) -> Never {
    let handler = ending.withLock { $0 }
    handler?(text)
    fatalError(text)
  }

  /// For libraries that do not survive a refusal themselves.
  package static func requireAddresses(_ byteCount: Int, for user: String) {
    guard let limit = MemoryLimit.addressSpace else { return }
    let probe = mmap(nil, byteCount, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard probe != MAP_FAILED else {
      end(
        "out of memory: \(user) needs \(byteCount >> 20) MB of addresses more, and this process may have "
          + "\(limit >> 20) MB in all. Raise the limit (ulimit -v), or use fewer threads (--threads 1)")
    }
    munmap(probe, byteCount)
  }
}
