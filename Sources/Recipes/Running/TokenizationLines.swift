import Datasets

/// Which events of a tokenization are worth a line: what is wrong, the end, and in between one every few seconds.
public struct TokenizationLines {
  private static let interval = Duration.seconds(5)

  private var lastLine = ContinuousClock.now

  public init() {}

  /// nil: nothing to say now.
  public mutating func line(_ event: TokenizationEvent) -> String? {
    guard case .encoded(_, _, let bytes, let total, _) = event else { return event.description }
    let now = ContinuousClock.now
    guard bytes == total || now - lastLine >= Self.interval else { return nil }
    lastLine = now
    return event.description
  }
}
