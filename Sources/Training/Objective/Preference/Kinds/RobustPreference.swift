import Autograd

/// The unbiased estimate under labels flipped with probability ε (arXiv 2403.00409):
/// (−(1−ε)·log σ(βd) + ε·log σ(−βd)) / (1 − 2ε).
enum RobustPreference: PreferenceFormula {
  static let takesLabelSmoothing = true

  static func losses(_ difference: LogRatioDifference, _ configuration: PreferenceLossConfiguration) -> Tensor {
    let smoothing = Float(configuration.labelSmoothing)
    let logits = difference.total * Float(configuration.beta)
    let sum = (-logits).logSigmoid() * smoothing - logits.logSigmoid() * (1 - smoothing)
    return sum * (1 / (1 - 2 * smoothing))
  }
}
