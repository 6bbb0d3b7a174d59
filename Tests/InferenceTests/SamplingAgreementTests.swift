import Foundation
import Inference
import Kernels
import Testing

/// Whatever the logits look like, the tokens drawn are those of sorting everything.
@Suite struct SamplingAgreementTests {
  /// How logits are spread.
  enum Spread: CaseIterable {
    /// A few stand out, as in a trained model.
    case peaked
    /// Thousands of likely tokens.
    case flat
    case equal
    /// Many equal logits, so that the rule for ties decides.
    case rounded
    case ascending
    /// Half of the tokens cannot come.
    case masked

    func logits(_ count: Int, _ random: inout RandomStream) -> [Float] {
      (0..<count).map { token in
        let (a, b) = (random.nextUniform(), random.nextUniform())
        let normal = (-2 * log(max(a, 1e-7))).squareRoot() * cos(2 * .pi * b)
        return switch self {
        case .peaked: 4 * normal
        case .flat: 0.3 * normal
        case .equal: 1.5
        case .rounded: (2 * normal).rounded()
        case .ascending: Float(token) * 20 / Float(count) - 3
        case .masked: a < 0.5 ? -.infinity : 3 * normal
        }
      }
    }
  }

  static let options: [SamplingOptions] = {
    let list = [
      try? SamplingOptions(), try? SamplingOptions(temperature: 0), try? SamplingOptions(topK: 40),
      try? SamplingOptions(temperature: 0.1, topK: 40), try? SamplingOptions(temperature: 0.02, topK: 200),
      try? SamplingOptions(topP: 0.95), try? SamplingOptions(topP: 0.3), try? SamplingOptions(minP: 0.05),
      try? SamplingOptions(minP: 1), try? SamplingOptions(temperature: 0.7, topK: 50, topP: 0.9, minP: 0.02),
      try? SamplingOptions(topK: 3000), try? SamplingOptions(topK: 3000, topP: 0.8),
      try? SamplingOptions(temperature: 3, topK: 3000, topP: 0.9, minP: 0.7),
      try? SamplingOptions(temperature: 2, topP: 0.9, minP: 0.5), try? SamplingOptions(repetitionPenalty: 1.3),
      try? SamplingOptions(temperature: 0, repetitionPenalty: 1.3),
      try? SamplingOptions(topK: 20, topP: 0.9, repetitionPenalty: 2),
      try? SamplingOptions(topP: 0.9, repetitionPenalty: 0.5),
      try? SamplingOptions(presencePenalty: 0.8, frequencyPenalty: 0.3),
      try? SamplingOptions(temperature: 0, frequencyPenalty: -1.5, logitBias: [2: 1.5, 3: -100, 9_000: 5]),
      try? SamplingOptions(topK: 30, topP: 0.9, presencePenalty: -2, logitBias: [0: 4, 5: -1]),
      try? SamplingOptions(
        temperature: 1.3, minP: 0.01, repetitionPenalty: 1.2, presencePenalty: 1, frequencyPenalty: 0.5,
        logitBias: [1: 2]),
      try? SamplingOptions(temperature: 1e-310), try? SamplingOptions(temperature: 1e-9, topK: 5),
    ]
    return list.compactMap { $0 }
  }()

  @Test(arguments: Spread.allCases)
  func theSameTokensAreDrawnAsFromSortedOnes(_ spread: Spread) throws {
    #expect(Self.options.count == 24)
    for (number, options) in Self.options.enumerated() {
      var random = RandomStream(seed: UInt64(number), purpose: .dropout)
      for count in [1, 7, 300, 5000] {
        let logits = spread.logits(count, &random)
        func some(_ number: Int) -> [Int32] {
          (0..<number).map { _ in Int32.random(in: 0..<Int32(count), using: &random) }
        }
        let history = TokenHistory(prompt: some(count / 5), generated: some(count / 5))
        let expected = SortedDistribution(logits, options, history: history)
        var found = try TokenDistribution(logits: logits, options: options, history: history)
        for _ in 0..<40 {
          let uniform = Double(random.next() >> 11) * 0x1p-53
          #expect(found.token(at: uniform) == expected.token(at: uniform), "\(options), \(count) tokens at \(uniform)")
        }
      }
    }
  }

  /// In their order, but for those that no draw can reach.
  @Test(arguments: Spread.allCases)
  func theSameCandidatesAreLeft(_ spread: Spread) throws {
    for options in Self.options where options.repetitionPenalty == 1 && options.logitBias.isEmpty {
      var random = RandomStream(seed: 5, purpose: .dropout)
      let logits = spread.logits(2500, &random)
      let expected = SortedDistribution(logits, options, history: TokenHistory()).candidates.filter {
        $0.weight > 0x1p-79
      }
      let found = try TokenDistribution(logits: logits, options: options).candidates
      #expect(found.filter { $0.weight > 0x1p-79 }.map(\.token) == expected.map(\.token), "\(options)")
      for (mine, theirs) in zip(found, expected) { #expect(abs(mine.weight - theirs.weight) <= 1e-13 * theirs.weight) }
    }
  }

  @Test func aSamplerThatIsUsedAgainForgetsTheLogitsBefore() throws {
    var random = RandomStream(seed: 3, purpose: .dropout)
    for options in Self.options {
      var used = Sampler(options)
      var history = TokenHistory()
      var uniforms = RandomStream(seed: options.seed, purpose: .sampling)
      for count in [900, 5000, 12, 900] {
        let logits = Spread.flat.logits(count, &random)
        let expected = SortedDistribution(logits, options, history: history)
          .token(at: Double(uniforms.next() >> 11) * 0x1p-53)
        #expect(try used.sample(logits) == expected)
        history.add(generated: expected)
      }
    }
  }

  @Test func everyInstructionSetDrawsTheSame() throws {
    var random = RandomStream(seed: 9, purpose: .dropout)
    let logits = Spread.peaked.logits(4999, &random)
    let all = try KernelPath.available.map { path in
      try KernelPath.$current.withValue(path) {
        try Self.options.map { try TokenDistribution(logits: logits, options: $0).candidates }
      }
    }
    for other in all.dropFirst() { #expect(other == all[0]) }
  }
}
