import Foundation
import Inference
import Kernels
import Testing

@Suite struct SamplerTests {
  private let logits: [Float] = [1, 3, -2, 3, 0.5, 2]

  private func distribution(_ options: SamplingOptions, history: TokenHistory = TokenHistory()) throws -> [Int32:
    Double]
  {
    let distribution = try TokenDistribution(logits: logits, options: options, history: history)
    return Dictionary(uniqueKeysWithValues: zip(distribution.candidates.map(\.token), distribution.probabilities))
  }

  private func softmax(_ scores: [Double]) -> [Double] {
    let weights = scores.map { exp($0) }
    return weights.map { $0 / weights.reduce(0, +) }
  }

  private func expectClose(_ found: [Int32: Double], _ expected: [Int32: Double]) {
    #expect(Set(found.keys) == Set(expected.keys))
    for (token, probability) in expected { #expect(abs((found[token] ?? -1) - probability) < 1e-12) }
  }

  /// 1,000 logits with a few that stand out.
  private func wideLogits(seed: UInt64) -> [Float] {
    var random = RandomStream(seed: seed, purpose: .sampling)
    return (0..<1000).map { _ in 8 * random.nextUniform() * random.nextUniform() }
  }

  @Test func greedyTakesTheFirstOfTheLikeliest() throws {
    #expect(try distribution(.greedy) == [1: 1])
    #expect(try distribution(SamplingOptions(temperature: 0, topK: 5)) == [1: 1])
    #expect(try distribution(SamplingOptions(temperature: 7, topK: 1)) == [1: 1])
    var sampler = Sampler(.greedy)
    #expect(try (0..<5).map { _ in try sampler.sample(logits) } == [1, 1, 1, 1, 1])
  }

  @Test(arguments: [0.3, 1, 2.5])
  func temperatureDividesTheLogits(_ temperature: Double) throws {
    let expected = softmax(logits.map { Double($0) / temperature })
    expectClose(
      try distribution(SamplingOptions(temperature: temperature)),
      Dictionary(uniqueKeysWithValues: expected.enumerated().map { (Int32($0), $1) }))
  }

  @Test func topKKeepsTheLikeliest() throws {
    let three = softmax([3, 3, 2])
    expectClose(try distribution(SamplingOptions(topK: 3)), [1: three[0], 3: three[1], 5: three[2]])
    #expect(try distribution(SamplingOptions(topK: 100)).count == 6)
  }

  @Test(arguments: [0.05, 0.3, 0.7, 0.95, 0.999, 1])
  func topPKeepsTheSmallestSetOfThatMass(_ mass: Double) throws {
    for seed in 0..<5 {
      let logits = wideLogits(seed: UInt64(seed))
      let ranked = softmax(logits.map(Double.init)).enumerated().sorted {
        ($0.element, $1.offset) > ($1.element, $0.offset)
      }
      var sum = 0.0
      var expected: Set<Int32> = []
      for (token, probability) in ranked where sum < mass {
        expected.insert(Int32(token))
        sum += probability
      }
      if mass == 1 { expected = Set((0..<1000).map(Int32.init)) }
      let kept = try TokenDistribution(logits: logits, options: SamplingOptions(topP: mass))
      #expect(Set(kept.candidates.map(\.token)) == expected)
      #expect(abs(kept.probabilities.reduce(0, +) - 1) < 1e-9)
    }
  }

  @Test func minPComparesWithTheLikeliest() throws {
    let shares = logits.map { exp(Double($0) - 3) }
    for threshold in [0.01, 0.1, 0.3, 0.9, 1] {
      let expected = shares.indices.filter { shares[$0] >= threshold }.map(Int32.init)
      #expect(try Set(distribution(SamplingOptions(minP: threshold)).keys) == Set(expected))
    }
  }

  @Test func filtersWorkOnWhatTheOnesBeforeLeave() throws {
    // Of the three that top-k leaves the two likeliest hold 84 %; of all six 74 %.
    #expect(try Set(distribution(SamplingOptions(topK: 3, topP: 0.8)).keys) == [1, 3])
    #expect(try Set(distribution(SamplingOptions(topP: 0.8)).keys) == [1, 3, 5])
  }

  @Test func penaltyLowersTokensSeenBefore() throws {
    let options = try SamplingOptions(repetitionPenalty: 2)
    let expected = softmax([1, 1.5, -4, 3, 0.5, 2])
    expectClose(
      try distribution(options, history: TokenHistory(prompt: [1, 2, 600])),
      Dictionary(uniqueKeysWithValues: expected.enumerated().map { (Int32($0), $1) }))
    var sampler = Sampler(try SamplingOptions(temperature: 0, repetitionPenalty: 2))
    sampler.observe([1])
    #expect(try (0..<3).map { _ in try sampler.sample(logits) } == [3, 5, 1])
  }

  @Test func presenceAndFrequencyLowerWhatWasGenerated() throws {
    let options = try SamplingOptions(presencePenalty: 0.5, frequencyPenalty: 0.25)
    let expected = softmax([1, 3 - 0.5 - 2 * 0.25, -2, 3, 0.5, 2 - 0.5 - 0.25])
    expectClose(
      try distribution(options, history: TokenHistory(prompt: [0, 3], generated: [1, 5, 1, 600])),
      Dictionary(uniqueKeysWithValues: expected.enumerated().map { (Int32($0), $1) }))
    var sampler = Sampler(try SamplingOptions(temperature: 0, frequencyPenalty: 1.25))
    sampler.observe([1, 1, 1])
    #expect(try (0..<5).map { _ in try sampler.sample(logits) } == [1, 3, 5, 1, 3])
  }

  @Test func biasIsAddedToLogits() throws {
    let expected = softmax([1, 3, -2 + 5, 3 - 1, 0.5, 2])
    expectClose(
      try distribution(SamplingOptions(logitBias: [2: 5, 3: -1, 77: 9])),
      Dictionary(uniqueKeysWithValues: expected.enumerated().map { (Int32($0), $1) }))
    var sampler = Sampler(try SamplingOptions(logitBias: [4: 100]))
    #expect(try Set((0..<50).map { _ in try sampler.sample(logits) }) == [4])
  }

  @Test func logProbabilitiesAreThoseOfTheRawLogits() throws {
    let expected = softmax(logits.map(Double.init)).map { log($0) }
    let found = DrawnLogProbabilities(of: 4, logits: logits, likeliest: 4)
    #expect(found.drawn.token == 4 && abs(found.drawn.logProbability - expected[4]) < 1e-12)
    #expect(found.likeliest.map(\.token) == [1, 3, 5, 0])
    for entry in found.likeliest { #expect(abs(entry.logProbability - expected[Int(entry.token)]) < 1e-12) }
    #expect(DrawnLogProbabilities(of: 0, logits: logits, likeliest: 20).likeliest.count == 6)
    #expect(DrawnLogProbabilities(of: 0, logits: logits).likeliest.isEmpty)
  }

  @Test func drawsFollowTheDistribution() throws {
    var sampler = Sampler(try SamplingOptions(temperature: 1.5, seed: 11))
    let draws = 20_000
    var counts = [Double](repeating: 0, count: logits.count)
    for _ in 0..<draws { counts[Int(try sampler.sample(logits))] += 1 }
    let expected = softmax(logits.map { Double($0) / 1.5 })
    // Five standard deviations.
    for (count, probability) in zip(counts, expected) {
      #expect(abs(count / Double(draws) - probability) < 5 * sqrt(probability * (1 - probability) / Double(draws)))
    }
  }

  @Test func seedDecides() throws {
    func draws(_ seed: UInt64) throws -> [Int32] {
      var sampler = Sampler(try SamplingOptions(seed: seed))
      return try (0..<50).map { _ in try sampler.sample(logits) }
    }
    let first = try draws(5)
    #expect(try draws(5) == first)
    #expect(try draws(6) != first)
  }

  @Test func uniformNumbersMapToTokensInOrder() throws {
    var distribution = try TokenDistribution(logits: [0, -.infinity, 0], options: SamplingOptions())
    #expect([0, 0.49, 0.5, 0.99, 0x1.fffffffffffffp-1].map { distribution.token(at: $0) } == [0, 0, 2, 2, 2])
  }

  @Test(arguments: [Float.nan, .infinity])
  func damagedLogitsAreAnError(_ value: Float) throws {
    var damaged = logits
    damaged[4] = value
    #expect {
      try TokenDistribution(logits: damaged, options: .greedy)
    } throws: { error in
      guard case InferenceError.logitNotFinite(token: 4, value: _) = error else { return false }
      return true
    }
  }

  @Test func everyOptionOutOfRangeIsReported() throws {
    #expect {
      try SamplingOptions(
        temperature: -1, topK: 0, topP: 0, minP: 1.5, repetitionPenalty: 0, presencePenalty: 2.1,
        frequencyPenalty: .nan, logitBias: [1: 101, 2: 3])
    } throws: { error in
      (error as? SamplingOptionsError)?.problems.map(\.option)
        == [
          .temperature, .topK, .topP, .minP, .repetitionPenalty, .presencePenalty, .frequencyPenalty, .logitBias,
        ]
    }
    #expect(throws: SamplingOptionsError.self) { try SamplingOptions(temperature: .nan) }
    #expect(throws: SamplingOptionsError.self) { try SamplingOptions(topP: 1.01) }
    #expect(throws: SamplingOptionsError.self) { try SamplingOptions(repetitionPenalty: .infinity) }
  }
}
