import Autograd

/// The unbiased estimate under labels flipped with probability ε (arXiv 2403.00409):
/// (−(1−ε)·log σ(βd) + ε·log σ(−βd)) / (1 − 2ε).
enum RobustPreference: PreferenceFormula {
  static let settings: Set<PreferenceLossSetting> = [.labelSmoothing, .supervisedWeight]

  static func losses(_ scores: PairScores, _ configuration: PreferenceLossConfiguration) -> Tensor {
    let (logits, smoothing) = (scores.difference * Float(configuration.beta), Float(configuration.labelSmoothing))
    let sum = (-logits).logSigmoid() * smoothing - logits.logSigmoid() * (1 - smoothing)
    return sum * (1 / (1 - 2 * smoothing))
  }
}
