/// Counts the tokens of a client's prompts and answers against what he may have in a minute.
///
/// Tokens of answers are counted as they come, since nobody knows before how many there will be: a client who has some left
/// may begin one more answer, which goes on to its end.
public struct TokenMeter: Sendable {
  private let limiter: RateLimiter
  private let client: String
  private let limit: Int

  public init(_ limiter: RateLimiter, client: String, tokensPerMinute: Int) {
    (self.limiter, self.client, limit) = (limiter, client, tokensPerMinute)
  }

  /// - Throws: `TokenBudgetError`; nothing is counted.
  public func check(promptTokens: Int, at now: ContinuousClock.Instant = .now) throws {
    guard promptTokens < limit else {
      throw TokenBudgetError.promptTooLong(promptTokens: promptTokens, tokensPerMinute: limit)
    }
    // One for the answer.
    if let seconds = limiter.wait(of: client, for: promptTokens + 1, perMinute: limit, at: now) {
      throw TokenBudgetError.spent(tokensPerMinute: limit, retryAfter: seconds)
    }
  }

  public func count(_ tokens: Int, at now: ContinuousClock.Instant = .now) {
    if tokens > 0 { limiter.add(tokens, of: client, at: now) }
  }
}

/// Why a client gets no tokens now.
public enum TokenBudgetError: Error, Equatable, Sendable, CustomStringConvertible {
  case spent(tokensPerMinute: Int, retryAfter: Int)
  /// Waiting does not help.
  case promptTooLong(promptTokens: Int, tokensPerMinute: Int)

  public var description: String {
    switch self {
    case .spent(let limit, let seconds):
      "the \(limit) tokens of a minute are spent, prompts and answers together. Try again in \(seconds) s."
    case .promptTooLong(let promptTokens, let limit):
      "the prompt has \(promptTokens) tokens, and \(limit) are allowed in a minute, the answer included. Shorten it."
    }
  }
}
