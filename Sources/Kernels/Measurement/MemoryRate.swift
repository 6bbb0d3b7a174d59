#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How fast memory far larger than the caches is read, with the threads that are current when it is made.
package struct MemoryRate {
  private let pool = ThreadPool.current
  private let storage: Storage
  private let sums: Storage

  package init(byteCount: Int = 512 << 20) {
    storage = Storage(byteCount: byteCount)
    memset(storage.pointer, 1, byteCount)
    sums = Storage(byteCount: pool.threadCount * 64)
    _ = bytesPerSecond()
  }

  package var byteCount: Int { storage.byteCount }

  /// Of the fastest of several passes.
  package static func best(byteCount: Int) -> Double {
    let memory = MemoryRate(byteCount: byteCount)
    return (0..<8).reduce(0) { best, _ in max(best, memory.bytesPerSecond()) }
  }

  /// Of one pass over the memory.
  package func bytesPerSecond() -> Double {
    let kernels = KernelTable.current
    let sums = sums.elements(of: UInt32.self)
    let time = ContinuousClock().measure {
      pool.forEachPart(of: storage.byteCount, multipleOf: 4096) { part, range in
        sums[part * 16] = kernels.read_memory(storage.pointer + range.lowerBound, range.count)
      }
    }
    return Double(storage.byteCount) / (time / .seconds(1))
  }
}
