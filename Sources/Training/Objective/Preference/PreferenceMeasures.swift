import Autograd

/// What is logged of pairs besides their loss, as sums over the pairs.
///
/// With c and r the log-ratios of policy to reference of the chosen and the rejected answer:
/// - `rewards_chosen`, `rewards_rejected`: βc, βr; `rewards_margin`: β(c − r); `rewards_accuracy`: share with c > r.
/// - `logps_chosen`, `logps_rejected`: log-probabilities under the policy.
/// - `chosen_log_ratio_per_token`: c per token of the answer; far below 0 the policy forgets the good answers too.
/// - `kl_per_token`: −(c/|chosen| + r/|rejected|)/2, an estimate of KL(reference ‖ policy) on the answers of the data.
enum PreferenceMeasures {
  static func sums(
    _ policy: PairLogProbabilities, reference: (chosen: Tensor, rejected: Tensor), beta: Double
  ) -> [String: Double] {
    let (chosen, rejected) = (policy.chosen.scalars, policy.rejected.scalars)
    let (referenceChosen, referenceRejected) = (reference.chosen.scalars, reference.rejected.scalars)
    var sums: [String: Double] = [:]
    for index in chosen.indices {
      let c = Double(chosen[index] - referenceChosen[index])
      let r = Double(rejected[index] - referenceRejected[index])
      let cPerToken = c / Double(policy.chosenCounts[index])
      let rPerToken = r / Double(policy.rejectedCounts[index])
      let measures = [
        "rewards_chosen": beta * c, "rewards_rejected": beta * r, "rewards_margin": beta * (c - r),
        "rewards_accuracy": c > r ? 1 : 0,
        "logps_chosen": Double(chosen[index]), "logps_rejected": Double(rejected[index]),
        "chosen_log_ratio_per_token": cPerToken, "kl_per_token": -(cPerToken + rPerToken) / 2,
      ]
      sums.merge(measures, uniquingKeysWith: +)
    }
    return sums
  }
}
