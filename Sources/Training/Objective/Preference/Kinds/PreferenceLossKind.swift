import Autograd

/// The kinds of losses of pairs, by the names of TRL. A new kind is a case, its line in `formula`, and its formula in a
/// file of its own.
///
/// Log-probabilities are summed over the tokens of an answer. With c and r the log-ratios of policy to reference for the
/// chosen and the rejected answer, and d = c − r, the loss of a pair is as said at each formula. For a kind without a
/// reference, c and r are the log-probabilities themselves.
public enum PreferenceLossKind: String, CaseIterable, Sendable {
  case sigmoid
  case ipo
  case hinge
  case robust
  case sigmoidNormalized = "sigmoid_norm"
  case simpo
  case cpo
  case orpo

  var formula: any PreferenceFormula.Type {
    switch self {
    case .sigmoid: SigmoidPreference.self
    case .ipo: IdentityPreference.self
    case .hinge: HingePreference.self
    case .robust: RobustPreference.self
    case .sigmoidNormalized: NormalizedSigmoidPreference.self
    case .simpo: SimplePreference.self
    case .cpo: ContrastivePreference.self
    case .orpo: OddsRatioPreference.self
    }
  }

  /// Whether the setting means anything to it.
  public func takes(_ setting: PreferenceLossSetting) -> Bool { formula.settings.contains(setting) }

  /// Whether it compares the policy with the model as it was before training.
  public var hasReference: Bool { formula.hasReference }
}

/// What can be set for some kinds only.
public enum PreferenceLossSetting: CaseIterable, Sendable {
  case labelSmoothing
  case supervisedWeight
  case gamma
  case likelihoodWeight
}

/// One kind of loss of pairs.
protocol PreferenceFormula {
  static var settings: Set<PreferenceLossSetting> { get }
  static var hasReference: Bool { get }
  /// Whether answers count by the mean of their tokens.
  static var isPerToken: Bool { get }
  /// Whether the likelihood that is learnt beside the preference is that of the prompts too.
  static var learnsPrompts: Bool { get }

  /// - Returns: the loss of each pair, [pairs].
  static func losses(_ scores: PairScores, _ configuration: PreferenceLossConfiguration) -> Tensor

  /// What multiplies the mean negative log-likelihood of all tokens of the chosen answers, which is added.
  static func likelihoodWeight(_ configuration: PreferenceLossConfiguration) -> Double
}

extension PreferenceFormula {
  static var hasReference: Bool { true }
  static var isPerToken: Bool { false }
  static var learnsPrompts: Bool { false }

  static func likelihoodWeight(_ configuration: PreferenceLossConfiguration) -> Double { 0 }
}

/// The scores of both answers of pairs: log-ratios of policy to reference, or log-probabilities where there is none.
struct PairScores {
  /// c and r, of the sums over the tokens of each answer, [pairs].
  let chosen, rejected: Tensor
  /// c/|chosen| and r/|rejected|, of the means over them, [pairs].
  let chosenPerToken, rejectedPerToken: Tensor

  /// d.
  var difference: Tensor { chosen - rejected }
  /// c/|chosen| − r/|rejected|.
  var differencePerToken: Tensor { chosenPerToken - rejectedPerToken }
}
