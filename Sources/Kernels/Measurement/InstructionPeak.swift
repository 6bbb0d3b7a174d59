import CKernels

/// What the multiply-add instructions of the current kernel path reach on registers alone, with the current threads, in
/// multiply-adds per second.
package enum InstructionPeak {
  package static func float32() -> Double { measured(KernelTable.current.float_peak) }

  /// Of products with 8-bit activations; nil where they have no instruction of their own.
  package static func ternary() -> Double? { KernelTable.current.ternary_peak.map(measured) }

  /// Nil where there are no bfloat16 products.
  package static func bfloat16() -> Double? { KernelTable.current.bfloat16_peak.map(measured) }

  /// Threads that wake up on one processor are moved apart only after a while.
  private static let secondsUntilThreadsAreApart = 0.2

  private static func measured(_ loop: (Int) -> Int) -> Double {
    let iterations = 100_000
    let pool = ThreadPool.current
    let lineLength = 8
    let results = Storage(byteCount: pool.threadCount * lineLength * MemoryLayout<Int>.stride)
    let done = results.elements(of: Int.self)
    let seconds = BestTime.seconds(runs: 8, lasting: secondsUntilThreadsAreApart) {
      pool.forEachPart(of: pool.threadCount) { part, _ in done[part * lineLength] = loop(iterations) }
    }
    return Double((0..<pool.threadCount).reduce(0) { $0 + done[$1 * lineLength] }) / seconds
  }
}
