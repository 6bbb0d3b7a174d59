import Autograd

/// (c/|chosen| − r/|rejected| − 1/(2β))², length-averaged: IPO (arXiv 2310.12036).
enum IdentityPreference: PreferenceFormula {
  static let settings: Set<PreferenceLossSetting> = [.supervisedWeight]

  static func losses(_ scores: PairScores, _ configuration: PreferenceLossConfiguration) -> Tensor {
    let distance = scores.differencePerToken - 1 / (2 * Float(configuration.beta))
    return distance * distance
  }
}
