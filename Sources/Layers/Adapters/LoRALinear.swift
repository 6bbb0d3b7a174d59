import Autograd

/// A linear layer with an adapter beside it: y = base(x) + s·B·A·dropout(x), the adapter on unquantised x.
public final class LoRALinear: LinearLayer {
  public let base: any LinearLayer
  public let factors: LoRAFactors
  private let dropout: Float
  /// Which of the model's adapters.
  private let index: Int

  package init(_ base: any LinearLayer, _ factors: LoRAFactors, dropout: Float, index: Int) {
    self.base = base
    self.factors = factors
    self.dropout = dropout
    self.index = index
  }

  public var weight: LinearWeight { base.weight }
  public var surroundings: LinearSurroundings { base.surroundings }
  public var quantization: QuantizedWeight? { base.quantization }

  public func callAsFunction(_ input: LayerInput, addedTo residual: Tensor?) -> Tensor {
    let (a, b, scale) = (factors.a.tensor, factors.b.tensor, factors.scale)
    guard let quantizing = base as? BitLinear, base.surroundings.isEmpty else {
      let update = lowRankUpdate(dropped(input.fullPrecision), a: a, b: b, scale: scale)
      let sum = base(input, addedTo: nil) + update
      return residual.map { $0 + sum } ?? sum
    }
    let (full, quantized) = input.both
    return bitLinear(
      quantized, quantized: quantizing.quantizedWeight,
      adapter: LowRankAdapter(a: a, b: b, scale: scale, placement: .beside(input: dropped(full))), residual: residual)
  }

  private func dropped(_ input: Tensor) -> Tensor {
    guard dropout > 0, let pass = TrainingPass.current else { return input }
    var stream = pass.dropoutStream(layer: index)
    return input.dropout(probability: dropout, using: &stream)
  }

  public func collectParameters(into list: inout ParameterList) {
    base.collectParameters(into: &list)
    factors.collectParameters(into: &list)
  }
}
