import FileFormats
import Serving
import Testing

/// What a client may have of tokens.
@Suite struct TokenMeterTests {
  private let start = ContinuousClock.now

  @Test func noMinuteHasMuchMoreTokensThanAllowed() throws {
    let meter = TokenMeter(RateLimiter(), client: "a", tokensPerMinute: 100)
    try meter.check(promptTokens: 60, at: start)
    meter.count(60, at: start)
    meter.count(30, at: start + .seconds(10))
    #expect(throws: TokenBudgetError.spent(tokensPerMinute: 100, retryAfter: 45)) {
      try meter.check(promptTokens: 60, at: start + .seconds(15))
    }
    // A smaller prompt has room before.
    try meter.check(promptTokens: 9, at: start + .seconds(15))
    try meter.check(promptTokens: 60, at: start + .seconds(60))
    meter.count(60, at: start + .seconds(60))
    // An answer that went on beyond the budget: both have to be forgotten.
    meter.count(1000, at: start + .seconds(61))
    #expect(throws: TokenBudgetError.spent(tokensPerMinute: 100, retryAfter: 57)) {
      try meter.check(promptTokens: 1, at: start + .seconds(64))
    }
  }

  @Test func aPromptThatNoMinuteHasRoomForIsToldApart() throws {
    let meter = TokenMeter(RateLimiter(), client: "a", tokensPerMinute: 10)
    #expect(throws: TokenBudgetError.promptTooLong(promptTokens: 10, tokensPerMinute: 10)) {
      try meter.check(promptTokens: 10)
    }
    try meter.check(promptTokens: 9)
  }

  @Test func clientsHaveBudgetsOfTheirOwn() throws {
    let limiter = RateLimiter()
    let (one, other) = (
      TokenMeter(limiter, client: "a", tokensPerMinute: 10), TokenMeter(limiter, client: "b", tokensPerMinute: 10)
    )
    one.count(10, at: start)
    #expect(throws: TokenBudgetError.self) { try one.check(promptTokens: 1, at: start) }
    try other.check(promptTokens: 1, at: start)
  }

  @Test func manySmallPortionsAreOneASecond() throws {
    let limiter = RateLimiter()
    for number in 0..<100_000 { limiter.add(1, of: "a", at: start + .milliseconds(number)) }
    // Those of the last minute, and of the second in which it began.
    let seconds = limiter.wait(of: "a", for: 1, perMinute: 60_000, at: start + .seconds(100))
    #expect(seconds == nil || seconds == 1)
    #expect(limiter.wait(of: "a", for: 1, perMinute: 59_000, at: start + .seconds(100)) != nil)
    #expect(limiter.wait(of: "a", for: 1, perMinute: 61_001, at: start + .seconds(100)) == nil)
  }

  @Test func keysHaveLimitsOfTheirOwn() throws {
    let hash = SHA256.hexadecimal(of: "one")
    func entry(_ rest: String) throws -> APIKeys.Entry? {
      try APIKeys(text: "\(hash) alice\(rest)", file: "keys").entry(forKey: "one")
    }
    #expect(try entry("")?.tokensPerMinute == nil)
    #expect(try entry(" 60 5000")?.tokensPerMinute == 5000 && entry(" 60 5000")?.requestsPerMinute == 60)
    #expect(try entry(" - 5000")?.tokensPerMinute == 5000 && entry(" - 5000")?.requestsPerMinute == nil)
    #expect(try entry(" 60 -")?.tokensPerMinute == nil)
  }
}
