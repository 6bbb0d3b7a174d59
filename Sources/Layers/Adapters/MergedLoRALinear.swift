import Autograd
import Kernels

/// A linear layer whose adapter is part of the weight that is quantised: y = BitLinear(x; W + s·B·A), straight-through.
///
/// The sum is rounded to the data type of W before it is quantised, so that merging it into W changes no code.
public final class MergedLoRALinear: LinearLayer {
  public let weight: Parameter
  public let factors: LoRAFactors
  private let configuration: BitLinearConfiguration
  private var cached: (versions: [Int], weight: QuantizedWeight)?

  /// - Parameter configuration: how the sum is quantised; `none`: not at all.
  package init(_ weight: Parameter, _ factors: LoRAFactors, configuration: BitLinearConfiguration) {
    self.weight = weight
    self.factors = factors
    self.configuration = configuration
  }

  public func callAsFunction(_ input: LayerInput) -> Tensor { result(input, addedTo: nil) }

  public func callAsFunction(_ input: LayerInput, addedTo residual: Tensor) -> Tensor {
    result(input, addedTo: residual)
  }

  private func result(_ input: LayerInput, addedTo residual: Tensor?) -> Tensor {
    guard configuration.weightQuantization.isQuantizing else {
      let sum = linear(input.fullPrecision, weight: factors.merged(into: weight.value))
      return residual.map { $0 + sum } ?? sum
    }
    let adapter = LowRankAdapter(
      a: factors.a.tensor, b: factors.b.tensor, scale: factors.scale, placement: .inside)
    return bitLinear(input.quantized, quantized: quantizedWeight, adapter: adapter, residual: residual)
  }

  private var quantizedWeight: QuantizedWeight {
    let versions = [weight.version, factors.a.version, factors.b.version]
    if let cached, cached.versions == versions { return cached.weight }
    let made = withoutGradients { QuantizedWeight(factors.merged(into: weight.value), configuration: configuration) }
    cached = (versions, made)
    return made
  }

  public var quantization: QuantizedWeight? { configuration.weightQuantization.isQuantizing ? quantizedWeight : nil }

  public func collectParameters(into list: inout ParameterList) {
    list.add("weight", weight)
    factors.collectParameters(into: &list)
  }
}
