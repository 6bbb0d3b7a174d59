/// Kahneman-Tversky optimisation: what single answers, each called good or bad, weigh.
public struct UnpairedLossConfiguration: Equatable, Sendable {
  /// How strongly the policy is held to the reference; above 0.
  public var beta: Double
  /// Multiplies the losses of good answers.
  public var desirableWeight: Double
  /// Multiplies the losses of bad answers.
  public var undesirableWeight: Double

  public init(beta: Double = 0.1, desirableWeight: Double = 1, undesirableWeight: Double = 1) {
    self.beta = beta
    self.desirableWeight = desirableWeight
    self.undesirableWeight = undesirableWeight
  }
}
