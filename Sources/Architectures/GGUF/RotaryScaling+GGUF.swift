import Kernels

extension RotaryScaling {
  /// Divisors of the frequencies, one for each pair of a head.
  package static let ggufTensor = "rope_freqs.weight"

  /// The scaling of published models whose divisors these are; else the divisors.
  /// - Parameter divisors: of `rope_freqs.weight`, one for each pair of a head.
  init(divisors: [Float], headDimension: Int, theta: Double) {
    let published = [8.0, 32.0, 16.0, 4.0].map { factor in
      RotaryScaling.llama3(
        Llama3RotaryScaling(
          factor: factor, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaximumPositionEmbeddings: 8192))
    }
    self =
      published.first { scaling in
        scaling.divisors(headDimension: headDimension, theta: theta).map { computed in
          computed.count == divisors.count && zip(computed, divisors).allSatisfy { abs($0 - $1) <= 1e-5 * abs($1) }
        } ?? false
      } ?? .divisors(divisors)
  }

  /// What `rope_freqs.weight` holds; nil for scalings that metadata keys say.
  package func divisors(headDimension: Int, theta: Double) -> [Float]? {
    switch self {
    case .none, .linear: return nil
    case .divisors(let divisors): return divisors
    case .llama3:
      guard headDimension > 0, headDimension.isMultiple(of: 2), theta > 0 else { return nil }
      let plain = RotaryScaling.none.inverseFrequencies(headDimension: headDimension, theta: theta)
      let scaled = inverseFrequencies(headDimension: headDimension, theta: theta)
      return zip(plain, scaled).map { Float($0 / $1) }
    }
  }
}
