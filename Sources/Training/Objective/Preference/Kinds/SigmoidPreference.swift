import Autograd

/// −log σ(βd) of direct preference optimisation (DPO, arXiv 2305.18290), or with label smoothing ε:
/// −(1−ε)·log σ(βd) − ε·log σ(−βd).
enum SigmoidPreference: PreferenceFormula {
  static let takesLabelSmoothing = true

  static func losses(_ difference: LogRatioDifference, beta: Float, labelSmoothing: Float) -> Tensor {
    smoothed(difference.total * beta, labelSmoothing)
  }

  static func smoothed(_ logits: Tensor, _ smoothing: Float) -> Tensor {
    let right = -logits.logSigmoid()
    guard smoothing > 0 else { return right }
    return right * (1 - smoothing) - (-logits).logSigmoid() * smoothing
  }
}

/// The same of the length-normalised difference.
enum NormalizedSigmoidPreference: PreferenceFormula {
  static let takesLabelSmoothing = true

  static func losses(_ difference: LogRatioDifference, beta: Float, labelSmoothing: Float) -> Tensor {
    SigmoidPreference.smoothed(difference.perToken * beta, labelSmoothing)
  }
}
