/// How the weights of a `BitLinear` are quantised in the forward pass.
public enum WeightQuantization: String, CaseIterable, Sendable {
  /// Ternary codes, scaled by the mean magnitude: BitNet b1.58 (arXiv 2402.17764).
  case absmean
  /// Binary codes of the centred weights, scaled by the mean magnitude: BitNet (arXiv 2310.11453).
  case sign
  /// Full precision: neither weights nor activations are quantised.
  case none

  /// What makes the codes; nil: nothing does.
  package var quantizer: (any WeightQuantizer)? {
    switch self {
    case .absmean: AbsoluteMeanQuantizer()
    case .sign: SignQuantizer()
    case .none: nil
    }
  }

  /// Whether layers multiply codes; false for full precision.
  public var isQuantizing: Bool { quantizer != nil }
}
