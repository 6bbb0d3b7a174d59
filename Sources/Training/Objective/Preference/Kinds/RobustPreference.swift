import Autograd

/// The unbiased estimate under labels flipped with probability ε (arXiv 2403.00409):
/// (−(1−ε)·log σ(βd) + ε·log σ(−βd)) / (1 − 2ε).
enum RobustPreference: PreferenceFormula {
  static let takesLabelSmoothing = true

  static func losses(_ difference: LogRatioDifference, beta: Float, labelSmoothing: Float) -> Tensor {
    let logits = difference.total * beta
    let sum = (-logits).logSigmoid() * labelSmoothing - logits.logSigmoid() * (1 - labelSmoothing)
    return sum * (1 / (1 - 2 * labelSmoothing))
  }
}
