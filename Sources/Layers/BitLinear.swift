import Autograd
import Kernels

/// BitNet's linear layer: 8-bit activations times ternary (or binary) weights, quantised from full-precision masters in
/// every forward pass and trained with the straight-through estimator (arXiv 2310.11453, 2402.17764).
public final class BitLinear: LinearLayer {
  /// The masters, [outputFeatures, inputFeatures].
  public let weight: Parameter
  public let configuration: BitLinearConfiguration
  private var cached: (version: Int, weight: QuantizedWeight)?

  /// - Parameter weight: [outputFeatures, inputFeatures].
  public init(weight: Parameter, configuration: BitLinearConfiguration = BitLinearConfiguration()) {
    require(weight.shape.rank == 2, "a weight matrix has rank 2, got shape \(weight.shape)")
    require(configuration.weightQuantization.isQuantizing, "BitLinear quantises; use Linear for full precision")
    self.weight = weight
    self.configuration = configuration
  }

  /// Masters drawn from N(0, 1 / inputs).
  public convenience init(
    inputs: Int, outputs: Int, seed: UInt64, configuration: BitLinearConfiguration = BitLinearConfiguration()
  ) {
    var initialization = WeightInitialization(seed: seed, standardDeviation: 1 / Float(inputs).squareRoot())
    self.init(weight: initialization.normal([outputs, inputs]), configuration: configuration)
  }

  /// Codes and scale of the masters as they are now; computed once per change.
  public var quantizedWeight: QuantizedWeight {
    if let cached, cached.version == weight.version { return cached.weight }
    let made = QuantizedWeight(weight.value, configuration: configuration)
    cached = (weight.version, made)
    return made
  }

  public var quantization: QuantizedWeight? { quantizedWeight }

  public func callAsFunction(_ input: LayerInput) -> Tensor {
    bitLinear(input.quantized, weight: weight.tensor, quantized: quantizedWeight)
  }

  public func callAsFunction(_ input: LayerInput, addedTo residual: Tensor) -> Tensor {
    bitLinear(input.quantized, weight: weight.tensor, quantized: quantizedWeight, residual: residual)
  }
}
