/// Which optimiser, and its numbers.
public struct OptimizerConfiguration: Equatable, Sendable {
  /// The optimisers that a recipe can name.
  public enum Kind: String, CaseIterable, Sendable {
    case adamw
    case lion

    /// Numbers in float32 that it keeps for each trained weight.
    var stateCount: Int {
      switch self {
      case .adamw: 2
      case .lion: 1
      }
    }
  }

  public var kind: Kind
  public var learningRate: Double
  public var beta1: Double
  public var beta2: Double
  /// AdamW's only.
  public var epsilon: Double
  /// Applied to matrices and embeddings, never to norm gains.
  public var weightDecay: Double

  public init(
    kind: Kind = .adamw, learningRate: Double = 2e-3, beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8,
    weightDecay: Double = 0.1
  ) {
    self.kind = kind
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }
}

extension OptimizerConfiguration {
  /// A new optimiser, its state all zeros.
  public func optimizer(of masters: MasterWeights) -> any Optimizer {
    switch kind {
    case .adamw: AdamW(masters, configuration: self)
    case .lion: Lion(masters, configuration: self)
    }
  }
}

/// The storage of the master weights and how an optimiser update is rounded to it.
public struct MasterWeightsConfiguration: Equatable, Sendable {
  public enum DataType: String, CaseIterable, Sendable { case bfloat16, float32 }

  public enum Rounding: String, CaseIterable, Sendable {
    /// Rounds up with probability equal to the remainder: unbiased, keyed by seed, step, parameter and element.
    case stochastic
    /// Round half to even. Freezes weights whose update is below half a unit in the last place.
    case nearest
    /// Round to nearest, carrying the lost part in a bfloat16 compensation buffer (Kahan summation).
    case kahan
  }

  public var dataType: DataType
  /// Without effect for float32 masters.
  public var rounding: Rounding

  public init(dataType: DataType = .bfloat16, rounding: Rounding = .stochastic) {
    self.dataType = dataType
    self.rounding = rounding
  }
}
