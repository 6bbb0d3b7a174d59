/// How the frequencies of rotary positions are stretched beyond the context that a model was first trained on.
public enum RotaryScaling: Equatable, Sendable {
  case none
  case linear(factor: Double)
  case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalPositions: Int)
  /// What each frequency is divided by.
  case factors([Float])
}

extension RotaryScaling {
  package init(factors: [Float], headDimension: Int, theta: Double) {
    self = .factors(factors)
  }
}
