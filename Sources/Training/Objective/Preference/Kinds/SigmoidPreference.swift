import Autograd

/// −log σ(βd) of direct preference optimisation (DPO, arXiv 2305.18290), or with label smoothing ε:
/// −(1−ε)·log σ(βd) − ε·log σ(−βd).
enum SigmoidPreference: PreferenceFormula {
  static let settings: Set<PreferenceLossSetting> = [.labelSmoothing, .supervisedWeight]

  static func losses(_ scores: PairScores, _ configuration: PreferenceLossConfiguration) -> Tensor {
    smoothed(scores.difference * Float(configuration.beta), configuration)
  }

  static func smoothed(_ logits: Tensor, _ configuration: PreferenceLossConfiguration) -> Tensor {
    let (right, smoothing) = (-logits.logSigmoid(), Float(configuration.labelSmoothing))
    guard smoothing > 0 else { return right }
    return right * (1 - smoothing) - (-logits).logSigmoid() * smoothing
  }
}

/// The same of the length-normalised difference.
enum NormalizedSigmoidPreference: PreferenceFormula {
  static let settings: Set<PreferenceLossSetting> = [.labelSmoothing, .supervisedWeight]

  static func losses(_ scores: PairScores, _ configuration: PreferenceLossConfiguration) -> Tensor {
    SigmoidPreference.smoothed(scores.differencePerToken * Float(configuration.beta), configuration)
  }
}
