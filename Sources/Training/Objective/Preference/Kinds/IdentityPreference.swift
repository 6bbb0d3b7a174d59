import Autograd

/// (c/|chosen| − r/|rejected| − 1/(2β))², length-averaged: IPO (arXiv 2310.12036).
enum IdentityPreference: PreferenceFormula {
  static let takesLabelSmoothing = false

  static func losses(_ difference: LogRatioDifference, beta: Float, labelSmoothing: Float) -> Tensor {
    let distance = difference.perToken - 1 / (2 * beta)
    return distance * distance
  }
}
