import Autograd
import Kernels

/// A linear layer whose adapter is part of the weight that is quantised: y = BitLinear(x; W + s·B·A), straight-through.
///
/// The sum is rounded to the data type of W before it is quantised, so that merging it into W changes no code.
public final class MergedLoRALinear: LinearLayer {
  private let masters: Parameter
  public let factors: LoRAFactors
  public let surroundings: LinearSurroundings
  private let configuration: BitLinearConfiguration
  private var cached: (versions: [Int], weight: QuantizedWeight)?

  public var weight: LinearWeight { .masters(masters) }

  /// - Parameter configuration: how the sum is quantised; `none`: not at all.
  package init(
    _ weight: Parameter, _ factors: LoRAFactors, configuration: BitLinearConfiguration,
    surroundings: LinearSurroundings = LinearSurroundings()
  ) {
    masters = weight
    self.factors = factors
    self.configuration = configuration
    self.surroundings = surroundings
  }

  public func callAsFunction(_ input: LayerInput, addedTo residual: Tensor?) -> Tensor {
    surroundings.surround(input, addedTo: residual) { input, residual in
      guard configuration.weightQuantization.isQuantizing else {
        let product = linear(input.fullPrecision, weight: factors.merged(into: masters.value))
        return residual.map { $0 + product } ?? product
      }
      let adapter = LowRankAdapter(
        a: factors.a.tensor, b: factors.b.tensor, scale: factors.scale, placement: .inside)
      return bitLinear(input.quantized, quantized: quantizedWeight, adapter: adapter, residual: residual)
    }
  }

  private var quantizedWeight: QuantizedWeight {
    let versions = [masters.version, factors.a.version, factors.b.version]
    if let cached, cached.versions == versions { return cached.weight }
    let made = withoutGradients { QuantizedWeight(factors.merged(into: masters.value), configuration: configuration) }
    cached = (versions, made)
    return made
  }

  public var quantization: QuantizedWeight? { configuration.weightQuantization.isQuantizing ? quantizedWeight : nil }

  public func collectParameters(into list: inout ParameterList) {
    list.add("weight", masters)
    surroundings.collectParameters(into: &list)
    factors.collectParameters(into: &list)
  }
}
