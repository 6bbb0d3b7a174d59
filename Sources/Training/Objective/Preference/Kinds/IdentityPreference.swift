import Autograd

/// (c/|chosen| − r/|rejected| − 1/(2β))², length-averaged: IPO (arXiv 2310.12036).
enum IdentityPreference: PreferenceFormula {
  static let takesLabelSmoothing = false

  static func losses(_ difference: LogRatioDifference, _ configuration: PreferenceLossConfiguration) -> Tensor {
    let distance = difference.perToken - 1 / (2 * Float(configuration.beta))
    return distance * distance
  }
}
