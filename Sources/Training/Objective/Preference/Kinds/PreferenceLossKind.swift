import Autograd

/// The kinds of preference losses, by the names of TRL. A new kind is a case, its line in `formula`, and its formula in
/// a file of its own.
///
/// Log-probabilities are summed over the tokens of an answer. With c and r the log-ratios of policy to reference for the
/// chosen and the rejected answer, and d = c − r, the loss of a pair is as said at each formula.
public enum PreferenceLossKind: String, CaseIterable, Sendable {
  case sigmoid
  case ipo
  case hinge
  case robust
  case sigmoidNormalized = "sigmoid_norm"

  var formula: any PreferenceFormula.Type {
    switch self {
    case .sigmoid: SigmoidPreference.self
    case .ipo: IdentityPreference.self
    case .hinge: HingePreference.self
    case .robust: RobustPreference.self
    case .sigmoidNormalized: NormalizedSigmoidPreference.self
    }
  }

  /// Whether label smoothing means anything to it.
  public var takesLabelSmoothing: Bool { formula.takesLabelSmoothing }
}

/// One kind of preference loss.
protocol PreferenceFormula {
  static var takesLabelSmoothing: Bool { get }

  /// - Parameters: see `PreferenceLossConfiguration`.
  /// - Returns: the loss of each pair, [pairs].
  static func losses(_ difference: LogRatioDifference, beta: Float, labelSmoothing: Float) -> Tensor
}

/// By how much the log-ratio of policy to reference of the chosen answer exceeds that of the rejected one.
struct LogRatioDifference {
  /// d, of the sums over the tokens of each answer, [pairs].
  let total: Tensor
  /// c/|chosen| − r/|rejected|, of the means over them, [pairs].
  let perToken: Tensor
}
