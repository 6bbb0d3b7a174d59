/// Direct preference optimisation and its relatives: which loss of pairs, and how strong.
public struct PreferenceLossConfiguration: Equatable, Sendable {
  public var kind: PreferenceLossKind
  /// How strongly the policy is held to the reference; above 0.
  public var beta: Double
  /// Probability that a label is wrong, in 0 ..< 0.5; only for kinds that take it.
  public var labelSmoothing: Double
  /// Multiplies the negative log-likelihood of the chosen answer per token, which is added to the loss.
  public var supervisedWeight: Double

  public typealias Kind = PreferenceLossKind

  public init(
    kind: PreferenceLossKind = .sigmoid, beta: Double = 0.1, labelSmoothing: Double = 0, supervisedWeight: Double = 0
  ) {
    self.kind = kind
    self.beta = beta
    self.labelSmoothing = labelSmoothing
    self.supervisedWeight = supervisedWeight
  }
}
