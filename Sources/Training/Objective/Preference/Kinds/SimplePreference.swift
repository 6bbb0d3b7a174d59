import Autograd

/// −log σ(β(c/|chosen| − r/|rejected|) − γ) without a reference: SimPO (arXiv 2405.14734), smoothed as DPO is. With a
/// weight of the likelihood it is what TRL calls CPO-SimPO.
enum SimplePreference: PreferenceFormula {
  static let settings: Set<PreferenceLossSetting> = [.labelSmoothing, .gamma, .likelihoodWeight]
  static let hasReference = false
  static let isPerToken = true

  static func losses(_ scores: PairScores, _ configuration: PreferenceLossConfiguration) -> Tensor {
    SigmoidPreference.smoothed(
      scores.differencePerToken * Float(configuration.beta) - Float(configuration.gamma), configuration)
  }

  static func likelihoodWeight(_ configuration: PreferenceLossConfiguration) -> Double {
    configuration.likelihoodWeight
  }
}
