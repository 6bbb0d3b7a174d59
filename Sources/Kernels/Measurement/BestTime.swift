/// Timing that counts the fastest of several runs: other programs can only make one slower.
package enum BestTime {
  /// Seconds of the fastest run of `body`, after one that warms up.
  /// - Parameters:
  ///   - runs: at least.
  ///   - duration: in seconds, runs go on until it is over.
  package static func seconds(
    runs: Int, lasting duration: Double = 0, _ body: () throws -> Void
  ) rethrows -> Double {
    let clock = ContinuousClock()
    try body()
    let end = clock.now.advanced(by: .seconds(duration))
    var best = Duration.seconds(Int64.max)
    var done = 0
    while done < runs || clock.now < end {
      best = min(best, try clock.measure(body))
      done += 1
    }
    return best / .seconds(1)
  }
}
