import Autograd

/// max(0, 1 − βd) (arXiv 2305.10425).
enum HingePreference: PreferenceFormula {
  static let takesLabelSmoothing = false

  static func losses(_ difference: LogRatioDifference, beta: Float, labelSmoothing: Float) -> Tensor {
    (1 - difference.total * beta).relu()
  }
}
