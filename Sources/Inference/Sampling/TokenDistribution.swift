import Kernels

/// The tokens that may come next and how likely each is: softmax of the logits after every filter of the options.
///
/// Nothing is sorted that a filter or a draw does not need: a draw from 128,000 tokens takes a fraction of a
/// millisecond. What is allocated once serves for all further logits.
public struct TokenDistribution: Sendable {
  public struct Candidate: Equatable, Sendable {
    public let token: Int32
    /// Not normalised: the likeliest token has 1.
    public let weight: Double

    /// Ties go to the lower token, so that the result does not depend on the way of sorting.
    static func isLikelier(_ left: Candidate, _ right: Candidate) -> Bool {
      (left.weight, right.token) > (right.weight, left.token)
    }
  }

  /// What the filters leave, in the order in which a draw runs through it.
  private enum Kept {
    /// Every token that has a weight, by its number.
    case all(mass: Double)
    /// Few enough for a list, the likeliest first.
    case list
    /// The likeliest first, down to this one.
    case downTo(Candidate, mass: Double)
  }

  /// Up to so many candidates are listed and sorted.
  private static let longestList = 1024

  private var logits = PenalizedLogits()
  private var weights: [Double] = []
  private var blockSums: [Double] = []
  private var bins = WeightBins()
  private var list: [Candidate] = []
  private var kept = Kept.list

  /// Of nothing yet.
  init() {}

  /// Filters in the order of Hugging Face's `generate`: repetition penalty, temperature, top-k, top-p, min-p.
  /// - Parameters:
  ///   - logits: [vocabulary].
  ///   - history: the tokens that the repetition penalty looks at.
  /// - Throws: `InferenceError.logitNotFinite` for NaN and +∞; −∞ is a token that cannot come.
  public init(logits: [Float], options: SamplingOptions, history: Set<Int32> = []) throws {
    try update(logits, options, history: history)
  }

  /// Takes other logits.
  mutating func update(_ values: [Float], _ options: SamplingOptions, history: Set<Int32>) throws {
    require(!values.isEmpty, "a distribution over no tokens")
    try logits.update(values, penalty: options.repetitionPenalty, history: history)
    guard options.temperature > 0, logits.maximum > -.infinity else {
      (kept, list) = (.list, [Candidate(token: Int32(logits.likeliest), weight: 1)])
      return
    }
    let topK = options.topK.flatMap { $0 < values.count ? $0 : nil }
    let topP = options.topP.flatMap { $0 < 1 ? $0 : nil }
    let isOrdered = topK != nil || topP != nil
    let minP = options.minP ?? 0
    // Top-p looks at the mass of all; nothing does where min-p comes alone.
    weigh(options.temperature, least: isOrdered ? 0 : minP)
    kept = .all(mass: blockSums.reduce(0, +))
    guard isOrdered else { return }
    bins.fill(weights)
    if let topK { keepLikeliest(topK) }
    if let topP { keepNucleus(topP) }
    if minP > 0 { keepHeavy(minP) }
  }

  private mutating func weigh(_ temperature: Double, least: Double) {
    let count = logits.others.count
    if weights.count != count {
      weights = [Double](repeating: 0, count: count)
      blockSums = [Double](repeating: 0, count: (count + SamplingKernel.blockSize - 1) / SamplingKernel.blockSize)
    }
    let weight = SamplingWeight(
      maximum: logits.maximum, temperature: temperature, least: max(least, WeightBins.leastWeight))
    logits.others.withUnsafeBufferPointer { weight.write($0, to: &weights, blockSums: &blockSums) }
    for penalized in logits.penalized {
      weights[penalized.token] = weight(penalized.logit)
      blockSums[penalized.token / SamplingKernel.blockSize] += weights[penalized.token]
    }
  }
}

// MARK: - Filters

extension TokenDistribution {
  private mutating func keepLikeliest(_ count: Int) {
    let place = bins.place(reachingCount: count)
    if place.count <= max(Self.longestList, 2 * count), count <= Self.longestList {
      listMembers(ofBins: 0...place.bin)
      list.removeLast(max(0, list.count - count))
      kept = .list
    } else {
      listMembers(ofBins: place.bin...place.bin)
      keep(list.prefix(count - place.countBefore), after: place.massBefore)
    }
  }

  /// The fewest of the likeliest candidates whose probabilities reach `share`.
  private mutating func keepNucleus(_ share: Double) {
    let target = share * mass
    if case .list = kept { return list.removeLast(list.count - Self.prefix(of: list, reaching: target)) }
    let place = bins.place(reachingMass: target)
    if place.count <= Self.longestList {
      listMembers(ofBins: 0...place.bin)
      list.removeLast(list.count - Self.prefix(of: list, reaching: target))
      kept = .list
    } else {
      listMembers(ofBins: place.bin...place.bin)
      keep(list.prefix(Self.prefix(of: list, reaching: target - place.massBefore)), after: place.massBefore)
    }
  }

  private mutating func keepHeavy(_ least: Double) {
    guard case .downTo(let last, _) = kept else { return list.removeAll { $0.weight < least } }
    guard last.weight < least else { return }
    let bin = WeightBins.bin(of: least)
    listMembers(ofBins: bin...bin)
    keep(list.prefix { $0.weight >= least }, after: bins.massBefore(bin), orDownTo: least)
  }

  /// Keeps what is heavier than a bin, and its first members.
  private mutating func keep(
    _ members: ArraySlice<Candidate>, after massBefore: Double, orDownTo least: Double? = nil
  ) {
    let last = members.last ?? Candidate(token: .max, weight: least ?? 1)
    kept = .downTo(last, mass: members.reduce(massBefore) { $0 + $1.weight })
  }

  /// How many candidates reach `target` together; all of them where rounding leaves a rest.
  private static func prefix(of candidates: [Candidate], reaching target: Double) -> Int {
    var sum = 0.0
    let last = candidates.firstIndex { candidate in
      sum += candidate.weight
      return sum >= target
    }
    return last.map { $0 + 1 } ?? candidates.count
  }

  /// Puts the tokens of some bins into `list`, the likeliest first.
  private mutating func listMembers(ofBins range: ClosedRange<Int>) {
    list.removeAll(keepingCapacity: true)
    let least = WeightBins.leastWeight(ofBin: range.upperBound)
    let limit = range.lowerBound == 0 ? Double.infinity : WeightBins.leastWeight(ofBin: range.lowerBound - 1)
    weights.withUnsafeBufferPointer { weights in
      for token in weights.indices where weights[token] >= least && weights[token] < limit {
        list.append(Candidate(token: Int32(token), weight: weights[token]))
      }
    }
    list.sort(by: Candidate.isLikelier)
  }
}

// MARK: - What is left

extension TokenDistribution {
  private var mass: Double {
    switch kept {
    case .all(let mass), .downTo(_, let mass): mass
    case .list: list.reduce(0) { $0 + $1.weight }
    }
  }

  /// Every token that may come. Never empty.
  public var candidates: [Candidate] {
    if case .list = kept { return list }
    let all = weights.indices.map { Candidate(token: Int32($0), weight: weights[$0]) }.filter { $0.weight > 0 }
    guard case .downTo(let last, _) = kept else { return all }
    return all.filter { !Candidate.isLikelier(last, $0) }.sorted(by: Candidate.isLikelier)
  }

  /// The probability of every candidate, in their order.
  public var probabilities: [Double] {
    let candidates = candidates
    let total = candidates.reduce(0) { $0 + $1.weight }
    return candidates.map { $0.weight / total }
  }

  /// The candidate at which the running sum of the probabilities exceeds `uniform`.
  /// - Parameter uniform: in [0, 1).
  public mutating func token(at uniform: Double) -> Int32 {
    let rest = uniform * mass
    switch kept {
    case .all: return tokenInOrder(rest)
    case .list: return Self.candidate(in: list, at: rest).token
    case .downTo(let last, _):
      let place = bins.place(exceedingMass: rest)
      listMembers(ofBins: place.bin...place.bin)
      let found = Self.candidate(in: list, at: rest - place.massBefore)
      return last.token != .max && Candidate.isLikelier(last, found) ? last.token : found.token
    }
  }

  /// Passes over whole blocks, then over the tokens of one.
  private func tokenInOrder(_ mass: Double) -> Int32 {
    var rest = mass
    for (block, sum) in blockSums.enumerated() where sum > 0 {
      if rest >= sum {
        rest -= sum
        continue
      }
      let first = block * SamplingKernel.blockSize
      for token in first..<min(first + SamplingKernel.blockSize, weights.count) {
        rest -= weights[token]
        if rest < 0 { return Int32(token) }
      }
    }
    // Rounding may leave a tiny rest.
    return Int32(weights.lastIndex { $0 > 0 } ?? 0)
  }

  private static func candidate(in candidates: [Candidate], at mass: Double) -> Candidate {
    var rest = mass
    for candidate in candidates {
      rest -= candidate.weight
      if rest < 0 { return candidate }
    }
    // Rounding may leave a tiny rest.
    return candidates[candidates.count - 1]
  }
}
