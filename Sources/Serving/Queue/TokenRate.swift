/// How many tokens go through the model in a second, of late.
struct TokenRate: Sendable {
  /// What was measured weighs half as much after so many seconds of work.
  private static let halfLife = 20.0
  private var tokens = 0.0
  private var seconds = 0.0

  mutating func add(tokens count: Int, seconds time: Double) {
    let share = 1 / (1 + time / Self.halfLife)
    tokens = tokens * share + Double(count)
    seconds = seconds * share + time
  }

  /// Whole seconds that so many tokens take, from a second to an hour.
  func time(for count: Int) -> Duration {
    guard tokens > 0 else { return .seconds(1) }
    return .seconds(min(3600, max(1, (Double(count) * seconds / tokens).rounded(.up))))
  }
}
