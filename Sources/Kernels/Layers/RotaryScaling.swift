#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How the frequencies of rotary position embeddings (arXiv 2104.09864) are stretched for contexts longer than those of
/// pretraining, as transformers computes them (`modeling_rope_utils`).
public enum RotaryScaling: Equatable, Sendable {
  /// Pair i turns by θ^(−2i / headDimension) per position.
  case none
  /// Position interpolation (arXiv 2306.15595): all frequencies divided by the factor.
  case linear(factor: Double)
  /// Llama 3.1: see `Llama3RotaryScaling`.
  case llama3(Llama3RotaryScaling)
  /// A divisor for each pair, as GGUF files store them in `rope_freqs.weight`.
  case divisors([Float])

  /// Radians per position of every pair.
  /// - Parameters:
  ///   - headDimension: even; twice the number of pairs.
  ///   - theta: the base of the frequencies.
  /// - Returns: [headDimension / 2]
  public func inverseFrequencies(headDimension: Int, theta: Double) -> [Double] {
    require(headDimension.isMultiple(of: 2), "rotary positions need an even head dimension, got \(headDimension)")
    let problems = problems(headDimension: headDimension)
    require(problems.isEmpty, problems.joined(separator: "; "))
    let frequencies = (0..<headDimension / 2).map { pow(theta, -2 * Double($0) / Double(headDimension)) }
    switch self {
    case .none: return frequencies
    case .linear(let factor): return frequencies.map { $0 / factor }
    case .llama3(let scaling): return frequencies.map(scaling.scaled)
    case .divisors(let divisors): return zip(frequencies, divisors).map { $0 / Double($1) }
    }
  }

  /// What is wrong with the numbers, for whoever reads them from a file; empty when they can be computed with.
  public func problems(headDimension: Int) -> [String] {
    switch self {
    case .none: []
    case .linear(let factor): Self.isPositive(factor) ? [] : ["factor is \(factor), expected a number above 0"]
    case .llama3(let scaling): scaling.problems
    case .divisors(let divisors):
      divisors.count != headDimension / 2
        ? ["\(divisors.count) frequency factors for \(headDimension / 2) pairs of a head"]
        : divisors.allSatisfy { Self.isPositive(Double($0)) } ? [] : ["a frequency factor is not a number above 0"]
    }
  }

  fileprivate static func isPositive(_ value: Double) -> Bool { value > 0 && value.isFinite }
}

/// Llama 3.1's scaling: waves shorter than a part of the original context stay, waves longer than another part are
/// stretched by the factor, and between the two both are mixed.
public struct Llama3RotaryScaling: Equatable, Sendable {
  public var factor: Double
  /// Waves longer than the original context over this are stretched.
  public var lowFrequencyFactor: Double
  /// Waves shorter than the original context over this stay; above `lowFrequencyFactor`.
  public var highFrequencyFactor: Double
  /// Positions of pretraining.
  public var originalMaximumPositionEmbeddings: Int

  public init(
    factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalMaximumPositionEmbeddings: Int
  ) {
    self.factor = factor
    self.lowFrequencyFactor = lowFrequencyFactor
    self.highFrequencyFactor = highFrequencyFactor
    self.originalMaximumPositionEmbeddings = originalMaximumPositionEmbeddings
  }

  fileprivate func scaled(_ frequency: Double) -> Double {
    let turns = Double(originalMaximumPositionEmbeddings) * frequency / (2 * .pi)
    if turns > highFrequencyFactor { return frequency }
    if turns < lowFrequencyFactor { return frequency / factor }
    let share = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
    return (1 - share) * frequency / factor + share * frequency
  }

  fileprivate var problems: [String] {
    var found: [String] = []
    for (name, value) in [("factor", factor), ("low_freq_factor", lowFrequencyFactor)]
    where !RotaryScaling.isPositive(value) {
      found.append("\(name) is \(value), expected a number above 0")
    }
    if !(highFrequencyFactor > lowFrequencyFactor && highFrequencyFactor.isFinite) {
      found.append("high_freq_factor is \(highFrequencyFactor), expected a number above low_freq_factor")
    }
    if originalMaximumPositionEmbeddings < 1 {
      found.append("original_max_position_embeddings is \(originalMaximumPositionEmbeddings), expected at least 1")
    }
    return found
  }
}
