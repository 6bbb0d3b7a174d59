import Autograd

/// The loss of pairs as a function of the log-probabilities of their answers under policy and reference.
package struct PreferenceLoss {
  package let configuration: PreferenceLossConfiguration

  package init(configuration: PreferenceLossConfiguration) { self.configuration = configuration }

  /// - Parameters:
  ///   - policy: of the model that is trained.
  ///   - reference: of the same pairs under the reference, [pairs] each.
  /// - Returns: [pairs].
  package func callAsFunction(
    _ policy: PairLogProbabilities, reference: (chosen: Tensor, rejected: Tensor)
  ) -> Tensor {
    let (c, r) = (policy.chosen - reference.chosen, policy.rejected - reference.rejected)
    let perToken = (
      chosen: 1 / Tensor(policy.chosenCounts, shape: c.shape),
      rejected: 1 / Tensor(policy.rejectedCounts, shape: r.shape)
    )
    let ratios = LogRatioDifference(
      total: c - r, perToken: c * perToken.chosen - r * perToken.rejected)
    let losses = configuration.kind.formula.losses(
      ratios, beta: Float(configuration.beta), labelSmoothing: Float(configuration.labelSmoothing))
    guard configuration.supervisedWeight > 0 else { return losses }
    return losses - policy.chosen * perToken.chosen * Float(configuration.supervisedWeight)
  }
}
