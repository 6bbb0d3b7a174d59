#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How fast memory far larger than the caches is read, with the current threads.
package enum MemoryRate {
  /// Bytes per second, the best of several passes: other programs can only make one slower.
  package static func measured(byteCount: Int = 512 << 20) -> Double {
    let kernels = KernelTable.current
    let storage = Storage(byteCount: byteCount)
    memset(storage.pointer, 1, byteCount)
    let pool = ThreadPool.current
    let results = Storage(byteCount: pool.threadCount * 64)
    let sums = results.elements(of: UInt32.self)
    let clock = ContinuousClock()
    let best = (0..<8).map { _ in
      clock.measure {
        pool.forEachPart(of: byteCount, multipleOf: 4096) { part, range in
          sums[part * 16] = kernels.read_memory(storage.pointer + range.lowerBound, range.count)
        }
      }
    }.min() ?? .zero
    return Double(byteCount) / (best / .seconds(1))
  }

  /// Multiply-adds per second of the instruction that products with 8-bit activations use, on registers alone; nil
  /// where they have none of their own.
  package static func ternaryPeak() -> Double? {
    guard let loop = KernelTable.current.ternary_peak else { return nil }
    let pool = ThreadPool.current
    let iterations = 200_000
    let results = Storage(byteCount: pool.threadCount * 64)
    let counts = results.elements(of: Int.self)
    let clock = ContinuousClock()
    let best = (0..<8).map { _ in
      clock.measure { pool.forEachPart(of: pool.threadCount) { part, _ in counts[part * 8] = loop(iterations) } }
    }.min() ?? .zero
    let total = (0..<pool.threadCount).reduce(0) { $0 + counts[$1 * 8] }
    return Double(total) / (best / .seconds(1))
  }
}
