/// How the weights of a `BitLinear` are quantised in the forward pass.
public enum WeightQuantization: String, CaseIterable, Sendable {
  /// Ternary codes, scaled by the mean magnitude: BitNet b1.58 (arXiv 2402.17764).
  case absmean
  /// Binary codes of the centred weights, scaled by the mean magnitude: BitNet (arXiv 2310.11453).
  case sign
  /// Full precision: neither weights nor activations are quantised.
  case none
}

/// The number format in which the scale γ of a quantised weight matrix is representable.
public enum ScaleDataType: String, CaseIterable, Sendable {
  /// γ is rounded to a float16-representable value, so that every packed file format stores it exactly.
  case float16
  /// γ keeps full float32 precision: for models trained elsewhere.
  case float32
}

/// The numerics of the quantised linear layers of a model.
public struct BitLinearConfiguration: Equatable, Sendable {
  public var weightQuantization: WeightQuantization
  /// Only 8 is implemented by the kernels.
  public var activationBits: Int
  public var scaleDataType: ScaleDataType

  public init(
    weightQuantization: WeightQuantization = .absmean,
    activationBits: Int = 8,
    scaleDataType: ScaleDataType = .float16
  ) {
    self.weightQuantization = weightQuantization
    self.activationBits = activationBits
    self.scaleDataType = scaleDataType
  }
}
