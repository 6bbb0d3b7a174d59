/// What the sum over the tokens of an optimiser step is divided by.
public enum LossReduction: String, CaseIterable, Sendable {
  /// Its number of trained tokens.
  case mean
  /// Its number of examples, so that every token weighs the same in all steps, however many tokens a step has
  /// (BitNet b1.58 2B4T, arXiv 2504.12285 §3.2).
  case sum
}

/// Direct preference optimisation (DPO, arXiv 2305.18290) and its relatives.
///
/// Log-probabilities are summed over the tokens of an answer. With c and r the log-ratios of policy to reference for the
/// chosen and the rejected answer, and d = c − r, the loss of a pair is as said at each kind.
public struct PreferenceLossConfiguration: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// −log σ(βd), or with label smoothing ε: −(1−ε)·log σ(βd) − ε·log σ(−βd).
    case sigmoid
    /// (c/|chosen| − r/|rejected| − 1/(2β))² (arXiv 2310.12036), length-averaged.
    case ipo
    /// max(0, 1 − βd) (arXiv 2305.10425).
    case hinge
    /// The unbiased estimate under labels flipped with probability ε:
    /// (−(1−ε)·log σ(βd) + ε·log σ(−βd)) / (1 − 2ε) (arXiv 2403.00409).
    case robust
    /// −log σ(β·(c/|chosen| − r/|rejected|)), length-normalised; label smoothing as for `sigmoid`.
    case sigmoidNormalized = "sigmoid_norm"
  }

  public var kind: Kind
  /// How strongly the policy is held to the reference; above 0.
  public var beta: Double
  /// Probability that a label is wrong, in 0 ..< 0.5; `sigmoid`, `sigmoid_norm` and `robust` only.
  public var labelSmoothing: Double
  /// Multiplies the negative log-likelihood of the chosen answer per token, which is added to the loss.
  public var supervisedWeight: Double

  public init(kind: Kind = .sigmoid, beta: Double = 0.1, labelSmoothing: Double = 0, supervisedWeight: Double = 0) {
    self.kind = kind
    self.beta = beta
    self.labelSmoothing = labelSmoothing
    self.supervisedWeight = supervisedWeight
  }
}
