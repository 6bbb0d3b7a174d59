import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The tokens that may come next and how likely each is: softmax of the logits after every filter of the options.
public struct TokenDistribution: Equatable, Sendable {
  public struct Candidate: Equatable, Sendable {
    public let token: Int32
    /// Not normalised: the likeliest token has 1.
    public fileprivate(set) var weight: Double
  }

  /// Never empty.
  public private(set) var candidates: [Candidate]

  /// Filters in the order of Hugging Face's `generate`: repetition penalty, temperature, top-k, top-p, min-p.
  /// - Parameters:
  ///   - logits: [vocabulary].
  ///   - history: the tokens that the repetition penalty looks at.
  /// - Throws: `InferenceError.logitNotFinite` for NaN and +∞; −∞ is a token that cannot come.
  public init(logits: [Float], options: SamplingOptions, history: Set<Int32> = []) throws {
    require(!logits.isEmpty, "a distribution over no tokens")
    let scores = try Self.penalized(logits, by: options.repetitionPenalty, history: history)
    let best = scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
    guard options.temperature > 0, scores[best] > -.infinity else {
      candidates = [Candidate(token: Int32(best), weight: 1)]
      return
    }
    let maximum = scores[best]
    candidates = scores.enumerated().map { token, score in
      Candidate(token: Int32(token), weight: exp((score - maximum) / options.temperature))
    }
    if let topK = options.topK, topK < candidates.count { keepLikeliest(topK) }
    if let topP = options.topP, topP < 1 { keepNucleus(topP) }
    if let minP = options.minP { candidates.removeAll { $0.weight < minP } }
  }

  private static func penalized(
    _ logits: [Float], by penalty: Double, history: Set<Int32>
  ) throws -> [Double] {
    if let token = logits.firstIndex(where: { $0.isNaN || $0 == .infinity }) {
      throw InferenceError.logitNotFinite(token: Int32(token), value: logits[token])
    }
    var scores = logits.map(Double.init)
    guard penalty != 1 else { return scores }
    for token in history where scores.indices.contains(Int(token)) {
      let score = scores[Int(token)]
      scores[Int(token)] = score > 0 ? score / penalty : score * penalty
    }
    return scores
  }

  /// Ties go to the lower token, so that the result does not depend on the sorting algorithm.
  private mutating func sortByWeight() {
    candidates.sort { ($0.weight, $1.token) > ($1.weight, $0.token) }
  }

  private mutating func keepLikeliest(_ count: Int) {
    sortByWeight()
    candidates.removeLast(candidates.count - count)
  }

  /// The fewest of the likeliest candidates whose probabilities reach `mass`.
  private mutating func keepNucleus(_ mass: Double) {
    let target = mass * totalWeight
    // All lighter ones together weigh less than what may be left out: they need no sorting.
    let negligible = (totalWeight - target) / Double(candidates.count)
    candidates.removeAll { $0.weight < negligible }
    sortByWeight()
    var sum = 0.0
    let last = candidates.firstIndex { candidate in
      sum += candidate.weight
      return sum >= target
    }
    if let last { candidates.removeLast(candidates.count - last - 1) }
  }

  private var totalWeight: Double { candidates.reduce(0) { $0 + $1.weight } }

  /// The probability of every candidate, in their order.
  public var probabilities: [Double] {
    let total = totalWeight
    return candidates.map { $0.weight / total }
  }

  /// The candidate at which the running sum of the probabilities exceeds `uniform`.
  /// - Parameter uniform: in [0, 1).
  public func token(at uniform: Double) -> Int32 {
    var rest = uniform * totalWeight
    for candidate in candidates {
      rest -= candidate.weight
      if rest < 0 { return candidate.token }
    }
    // Rounding may leave a tiny rest.
    return candidates.last { $0.weight > 0 }?.token ?? candidates[0].token
  }
}
