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
      left.weight != right.weight ? left.weight > right.weight : left.token < right.token
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
  private static let longestList = 512

  private var logits = AdjustedLogits()
  private var weights: [Double] = []
  private var blockSums: [Double] = []
  private var bins = WeightBins()
  private var list: [Candidate] = []
  private var tokens: [Int32] = []
  private var numbers: [Double] = []
  private var kept = Kept.list

  /// Of nothing yet.
  init() {}

  /// Filters in the order of Hugging Face's `generate`: repetition penalty (then presence and frequency penalty and the
  /// bias), temperature, top-k, top-p, min-p.
  /// - Parameters:
  ///   - logits: [vocabulary].
  ///   - history: the tokens that the penalties look at.
  /// - Throws: `InferenceError.logitNotFinite` for NaN and +∞; −∞ is a token that cannot come.
  public init(logits: [Float], options: SamplingOptions, history: TokenHistory = TokenHistory()) throws {
    try update(logits, options, history: history)
  }

  /// Takes other logits.
  mutating func update(_ values: [Float], _ options: SamplingOptions, history: TokenHistory) throws {
    require(!values.isEmpty, "a distribution over no tokens")
    try logits.update(values, options, history: history)
    guard options.temperature > 0, logits.maximum > -.infinity else {
      (kept, list) = (.list, [Candidate(token: logits.likeliest, weight: 1)])
      return
    }
    let topK = options.topK.flatMap { $0 < values.count ? $0 : nil }
    let topP = options.topP.flatMap { $0 < 1 ? $0 : nil }
    let isOrdered = topK != nil || topP != nil
    let minP = options.minP ?? 0
    let weight = { [maximum = logits.maximum] (least: Double) in
      SamplingWeight(
        maximum: maximum, temperature: options.temperature, least: max(least, WeightBins.leastWeight))
    }
    if let topK, listLikeliest(topK, weight(0)) {
      kept = .list
    } else {
      // Top-p looks at the mass of all; nothing does where min-p comes alone.
      weigh(weight(isOrdered ? 0 : minP))
      kept = .all(mass: blockSums.reduce(0, +))
      guard isOrdered else { return }
      if topK == nil, let topP, listNucleus(topP) {
        if minP > 0 { keepHeavy(minP) }
        return
      }
      bins.fill(weights)
      if let topK { keepLikeliest(topK) }
    }
    if let topP { keepNucleus(topP) }
    if minP > 0 { keepHeavy(minP) }
  }

  private mutating func weigh(_ weight: SamplingWeight) {
    let count = logits.others.count
    if weights.count != count {
      weights = [Double](repeating: 0, count: count)
      blockSums = [Double](repeating: 0, count: SamplingKernel.blockCount(count))
    }
    logits.others.withUnsafeBufferPointer { weight.write($0, to: &weights, blockSums: &blockSums) }
    numbers.removeAll(keepingCapacity: true)
    numbers.append(contentsOf: logits.adjusted)
    weight.apply(to: &numbers)
    for (token, weight) in zip(logits.adjustedTokens, numbers) {
      weights[Int(token)] = weight
      blockSums[Int(token) / SamplingKernel.blockSize] += weight
    }
  }
}

// MARK: - Filters

extension TokenDistribution {
  /// Lists the likeliest without weighing the others; false, where that is no less work.
  private mutating func listLikeliest(_ count: Int, _ weight: SamplingWeight) -> Bool {
    let limit = Self.longestList
    guard logits.findLikeliest(count, atMost: limit, tokens: &tokens, logits: &numbers) else { return false }
    weight.apply(to: &numbers)
    list.removeAll(keepingCapacity: true)
    for (token, weight) in zip(tokens, numbers) where weight > 0 {
      list.append(Candidate(token: token, weight: weight))
    }
    list.sort(by: Candidate.isLikelier)
    list.removeLast(max(0, list.count - count))
    return true
  }

  private mutating func keepLikeliest(_ count: Int) {
    let place = bins.place(reachingCount: count)
    if place.count <= Self.longestList {
      listMembers(ofBins: 0...place.bin)
      list.removeLast(max(0, list.count - count))
      kept = .list
    } else {
      listMembers(ofBins: place.bin...place.bin)
      keep(list.prefix(count - place.countBefore), after: place.massBefore)
    }
  }

  /// Lists the nucleus where a few heavy tokens reach it, as after a trained model; else false.
  private mutating func listNucleus(_ share: Double) -> Bool {
    let target = share * mass
    guard listWeights(from: 0x1p-10, below: .infinity, atMost: Self.longestList) else { return false }
    let count = Self.prefix(of: list, reaching: target)
    guard list[..<count].reduce(0, { $0 + $1.weight }) >= target else { return false }
    list.removeLast(list.count - count)
    kept = .list
    return true
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
    let least = WeightBins.leastWeight(ofBin: range.upperBound)
    let limit = range.lowerBound == 0 ? Double.infinity : WeightBins.leastWeight(ofBin: range.lowerBound - 1)
    _ = listWeights(from: least, below: limit, atMost: .max)
  }

  /// - Returns: false, where there are more than `longest`.
  private mutating func listWeights(from least: Double, below limit: Double, atMost longest: Int) -> Bool {
    if tokens.count < weights.count { tokens += [Int32](repeating: 0, count: weights.count - tokens.count) }
    let found = SamplingKernel.find(weights, from: least, below: limit, places: &tokens)
    guard found <= longest else { return false }
    list.removeAll(keepingCapacity: true)
    for token in tokens[..<found] { list.append(Candidate(token: token, weight: weights[Int(token)])) }
    list.sort(by: Candidate.isLikelier)
    return true
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
