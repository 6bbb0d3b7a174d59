import Autograd
import Kernels

/// What goes into one or several linear layers, in full precision or quantised, each computed when first asked for.
///
/// What none of the layers asks for never exists: quantising layers take a norm's result in 8 bits only.
public final class LayerInput {
  private enum Source {
    case tensor(Tensor)
    case normalized(Tensor, RMSNorm)
    case gated(gate: Tensor, up: Tensor, Activation)
    case normalizedGated(gate: Tensor, up: Tensor, Activation, RMSNorm)
  }

  private let source: Source
  private var fullForm: Tensor?
  private var quantizedForm: QuantizedActivations?
  private var partlyQuantizedForm: PartlyQuantizedActivations?

  public init(_ tensor: Tensor) {
    source = .tensor(tensor)
    fullForm = tensor
  }

  /// norm(tensor), or the tensor itself without a norm.
  public init(_ tensor: Tensor, norm: RMSNorm?) {
    source = norm.map { .normalized(tensor, $0) } ?? .tensor(tensor)
  }

  /// norm(activation(gate)·up), or what would be normalised without a norm.
  public init(gate: Tensor, up: Tensor, activation: Activation, norm: RMSNorm?) {
    source =
      norm.map { .normalizedGated(gate: gate, up: up, activation, $0) } ?? .gated(gate: gate, up: up, activation)
  }

  package var fullPrecision: Tensor {
    if let fullForm { return fullForm }
    let made =
      switch source {
      case .tensor(let tensor): tensor
      case .normalized(let tensor, let norm): norm(tensor)
      case .gated(let gate, let up, let activation): gated(gate, up, activation: activation)
      case .normalizedGated(let gate, let up, let activation, let norm): norm(gated(gate, up, activation: activation))
      }
    fullForm = made
    return made
  }

  package var quantized: QuantizedActivations {
    if let quantizedForm { return quantizedForm }
    let made = fullForm.map { QuantizedActivations($0) } ?? quantizedSource(keepsValues: false)
    quantizedForm = made
    return made
  }

  /// Quantised with a strength below 1; kept for the next layer, which usually has the same.
  package func partlyQuantized(_ strength: Float) -> PartlyQuantizedActivations {
    if let partlyQuantizedForm, partlyQuantizedForm.strength == strength { return partlyQuantizedForm }
    let made = PartlyQuantizedActivations(fullPrecision, strength: strength)
    partlyQuantizedForm = made
    return made
  }

  /// Both forms, made in one pass over memory.
  package var both: (fullPrecision: Tensor, quantized: QuantizedActivations) {
    if fullForm == nil && quantizedForm == nil {
      let made = quantizedSource(keepsValues: true)
      quantizedForm = made
      // What has no norm is there in full precision already.
      fullForm = made.values ?? fullForm
    }
    return (fullPrecision, quantized)
  }

  private func quantizedSource(keepsValues: Bool) -> QuantizedActivations {
    switch source {
    case .tensor, .gated: QuantizedActivations(fullPrecision)
    case .normalized(let tensor, let norm):
      QuantizedActivations(
        normalizing: tensor, gain: norm.weight.tensor, epsilon: norm.epsilon, keepsValues: keepsValues)
    case .normalizedGated(let gate, let up, let activation, let norm):
      QuantizedActivations(
        normalizingGated: gate, up, activation: activation, gain: norm.weight.tensor, epsilon: norm.epsilon,
        keepsValues: keepsValues)
    }
  }
}
