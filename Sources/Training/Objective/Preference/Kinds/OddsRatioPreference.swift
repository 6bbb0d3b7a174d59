import Autograd

/// The negative log-likelihood of the chosen answers with their prompts, and −β·log σ(log odds(chosen) − log odds(rejected))
/// with odds(x) = p/(1 − p) of the geometric mean p of an answer's tokens: ORPO (arXiv 2403.07691, which calls β λ).
enum OddsRatioPreference: PreferenceFormula {
  static let settings: Set<PreferenceLossSetting> = []
  static let hasReference = false
  static let isPerToken = true
  static let learnsPrompts = true

  static func losses(_ scores: PairScores, _ configuration: PreferenceLossConfiguration) -> Tensor {
    let ratio = logOdds(scores.chosenPerToken) - logOdds(scores.rejectedPerToken)
    return ratio.logSigmoid() * -Float(configuration.beta)
  }

  static func likelihoodWeight(_ configuration: PreferenceLossConfiguration) -> Double { 1 }

  /// x − log(1 − exp x) as log σ(x) − log tanh(−x/2), which loses no digits where the answer is nearly certain. An answer
  /// that is certain has infinite odds, and no slope that could be followed.
  private static func logOdds(_ logProbability: Tensor) -> Tensor {
    let x = logProbability.clamped(to: -Float.greatestFiniteMagnitude...(-1e-6))
    return x.logSigmoid() - (x * -0.5).tanh().log()
  }
}
