#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How fast memory far larger than the caches is read, with the current threads.
package enum MemoryRate {
  /// Bytes per second.
  package static func measured(byteCount: Int = 512 << 20) -> Double {
    let kernels = KernelTable.current
    let storage = Storage(byteCount: byteCount)
    memset(storage.pointer, 1, byteCount)
    let pool = ThreadPool.current
    let results = Storage(byteCount: pool.threadCount * 64)
    let sums = results.elements(of: UInt32.self)
    let seconds = BestTime.seconds(runs: 8) {
      pool.forEachPart(of: byteCount, multipleOf: 4096) { part, range in
        sums[part * 16] = kernels.read_memory(storage.pointer + range.lowerBound, range.count)
      }
    }
    return Double(byteCount) / seconds
  }
}
