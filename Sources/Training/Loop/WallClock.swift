/// A source of wall time in seconds from an arbitrary origin; replaced in tests.
public typealias WallClock = () -> Double

/// The system's monotonic clock.
public func monotonicClock() -> WallClock {
  let start = ContinuousClock.now
  return {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
