import Autograd
import Kernels

/// The loss of pairs as a function of the log-probabilities of their answers under policy and reference.
package struct PreferenceLoss {
  package let configuration: PreferenceLossConfiguration

  package init(configuration: PreferenceLossConfiguration) { self.configuration = configuration }

  var formula: any PreferenceFormula.Type { configuration.kind.formula }

  /// - Parameters:
  ///   - policy: of the model that is trained.
  ///   - reference: of the same pairs under the reference, [pairs] each; nil for a kind without one.
  /// - Returns: [pairs].
  package func callAsFunction(
    _ policy: PairLogProbabilities, reference: (chosen: Tensor, rejected: Tensor)?
  ) -> Tensor {
    let formula = formula
    require(
      formula.hasReference == (reference != nil),
      "\(configuration.kind.rawValue) with\(reference == nil ? "out" : "") reference log-probabilities")
    var (chosen, rejected) = (policy.chosen, policy.rejected)
    if let reference { (chosen, rejected) = (chosen - reference.chosen, rejected - reference.rejected) }
    let perToken = (
      chosen: 1 / Tensor(policy.chosenCounts, shape: chosen.shape),
      rejected: 1 / Tensor(policy.rejectedCounts, shape: rejected.shape)
    )
    var losses = formula.losses(
      PairScores(
        chosen: chosen, rejected: rejected, chosenPerToken: chosen * perToken.chosen,
        rejectedPerToken: rejected * perToken.rejected), configuration)
    if configuration.supervisedWeight > 0 {
      losses = losses - policy.chosen * perToken.chosen * Float(configuration.supervisedWeight)
    }
    let weight = formula.likelihoodWeight(configuration)
    return weight > 0 ? losses + policy.chosenNegativeLogLikelihood * Float(weight) : losses
  }
}
