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
