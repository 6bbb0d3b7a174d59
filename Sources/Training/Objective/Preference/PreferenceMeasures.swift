import Autograd

/// What is logged of pairs besides their loss, as sums over the pairs.
///
/// With c and r the log-ratios of policy to reference of the chosen and the rejected answer:
/// - `rewards_chosen`, `rewards_rejected`: βc, βr; `rewards_margin`: β(c − r); `rewards_accuracy`: share with c > r.
/// - `logps_chosen`, `logps_rejected`: log-probabilities under the policy.
/// - `chosen_log_ratio_per_token`: c per token of the answer; far below 0 the policy forgets the good answers too.
/// - `kl_per_token`: −(c/|chosen| + r/|rejected|)/2, an estimate of KL(reference ‖ policy) on the answers of the data.
///
/// Without a reference, rewards are those of the log-probabilities – per token where the loss takes them so – and the last
/// two are not there. `nll_chosen` is the likelihood that is learnt beside the preference.
package enum PreferenceMeasures {
  package static func sums(
    _ policy: PairLogProbabilities, reference: (chosen: Tensor, rejected: Tensor)?,
    _ configuration: PreferenceLossConfiguration
  ) -> [String: Double] {
    let (chosen, rejected) = (policy.chosen.scalars, policy.rejected.scalars)
    let (referenceChosen, referenceRejected) = (reference?.chosen.scalars, reference?.rejected.scalars)
    let (beta, formula) = (configuration.beta, configuration.kind.formula)
    let isPerToken = reference == nil && formula.isPerToken
    var sums: [String: Double] = [:]
    for index in chosen.indices {
      let c =
        Double(chosen[index] - (referenceChosen?[index] ?? 0)) / Double(isPerToken ? policy.chosenCounts[index] : 1)
      let r =
        Double(rejected[index] - (referenceRejected?[index] ?? 0))
        / Double(isPerToken ? policy.rejectedCounts[index] : 1)
      var measures = [
        "rewards_chosen": beta * c, "rewards_rejected": beta * r, "rewards_margin": beta * (c - r),
        "rewards_accuracy": c > r ? 1 : 0,
        "logps_chosen": Double(chosen[index]), "logps_rejected": Double(rejected[index]),
      ]
      if reference != nil {
        let (cPerToken, rPerToken) = (
          c / Double(policy.chosenCounts[index]), r / Double(policy.rejectedCounts[index])
        )
        measures["chosen_log_ratio_per_token"] = cPerToken
        measures["kl_per_token"] = -(cPerToken + rPerToken) / 2
      }
      sums.merge(measures, uniquingKeysWith: +)
    }
    if formula.likelihoodWeight(configuration) > 0 {
      sums["nll_chosen"] = Double(policy.chosenNegativeLogLikelihood.item) * Double(chosen.count)
    }
    return sums
  }
}
