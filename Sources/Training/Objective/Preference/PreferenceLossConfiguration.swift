/// Direct preference optimisation and its relatives: which loss of pairs, and how strong.
public struct PreferenceLossConfiguration: Equatable, Sendable {
  public var kind: PreferenceLossKind
  /// How strongly the policy is held to the reference, or how steep a loss without one is; above 0.
  public var beta: Double
  /// Probability that a label is wrong, in 0 ..< 0.5; only for kinds that take it, as is all that follows.
  public var labelSmoothing: Double
  /// Multiplies the negative log-likelihood of the chosen answer per token, which is added to the loss of its pair.
  public var supervisedWeight: Double
  /// By how much the chosen answer is to be better.
  public var gamma: Double
  /// Multiplies the negative log-likelihood per token of all chosen answers of a micro-batch together.
  public var likelihoodWeight: Double

  public typealias Kind = PreferenceLossKind

  public init(
    kind: PreferenceLossKind = .sigmoid, beta: Double = 0.1, labelSmoothing: Double = 0, supervisedWeight: Double = 0,
    gamma: Double = 0.5, likelihoodWeight: Double = 0
  ) {
    self.kind = kind
    self.beta = beta
    self.labelSmoothing = labelSmoothing
    self.supervisedWeight = supervisedWeight
    self.gamma = gamma
    self.likelihoodWeight = likelihoodWeight
  }
}
