import Autograd

/// −log σ(βd) without a reference, smoothed as DPO is, and α times the negative log-likelihood of the chosen answers: CPO
/// (arXiv 2401.08417).
enum ContrastivePreference: PreferenceFormula {
  static let settings: Set<PreferenceLossSetting> = [.labelSmoothing, .likelihoodWeight]
  static let hasReference = false

  static func losses(_ scores: PairScores, _ configuration: PreferenceLossConfiguration) -> Tensor {
    SigmoidPreference.losses(scores, configuration)
  }

  static func likelihoodWeight(_ configuration: PreferenceLossConfiguration) -> Double {
    configuration.likelihoodWeight
  }
}
