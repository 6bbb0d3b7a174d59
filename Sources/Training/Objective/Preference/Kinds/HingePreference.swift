import Autograd

/// max(0, 1 − βd) (arXiv 2305.10425).
enum HingePreference: PreferenceFormula {
  static let settings: Set<PreferenceLossSetting> = [.supervisedWeight]

  static func losses(_ scores: PairScores, _ configuration: PreferenceLossConfiguration) -> Tensor {
    (1 - scores.difference * Float(configuration.beta)).relu()
  }
}
