import Autograd

/// The loss of pairs as a function of the log-probabilities of their answers under policy and reference; formulas at
/// `PreferenceLossConfiguration.Kind`.
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
    let normalized = c * perToken.chosen - r * perToken.rejected
    let losses = losses(difference: c - r, normalized: normalized)
    guard configuration.supervisedWeight > 0 else { return losses }
    return losses - policy.chosen * perToken.chosen * Float(configuration.supervisedWeight)
  }

  private func losses(difference: Tensor, normalized: Tensor) -> Tensor {
    let (beta, smoothing) = (Float(configuration.beta), Float(configuration.labelSmoothing))
    switch configuration.kind {
    case .sigmoid: return smoothed(difference * beta, smoothing)
    case .sigmoidNormalized: return smoothed(normalized * beta, smoothing)
    case .ipo:
      let distance = normalized - 1 / (2 * beta)
      return distance * distance
    case .hinge: return (1 - difference * beta).relu()
    case .robust:
      let logits = difference * beta
      let sum = (-logits).logSigmoid() * smoothing - logits.logSigmoid() * (1 - smoothing)
      return sum * (1 / (1 - 2 * smoothing))
    }
  }

  private func smoothed(_ logits: Tensor, _ smoothing: Float) -> Tensor {
    let right = -logits.logSigmoid()
    guard smoothing > 0 else { return right }
    return right * (1 - smoothing) - (-logits).logSigmoid() * smoothing
  }
}
