import Autograd
import Kernels

/// BitNet's linear layer: 8-bit activations times ternary (or binary) weights (arXiv 2310.11453, 2402.17764).
///
/// Full-precision masters are quantised in every forward pass and trained with the straight-through estimator; a layer of
/// codes alone passes gradients on to its input.
public final class BitLinear: LinearLayer {
  public let weight: LinearWeight
  public let configuration: BitLinearConfiguration
  public let surroundings: LinearSurroundings
  /// λ: how far weights and activations are from full precision (0) to quantised (1), see `partlyQuantizedLinear`. Codes
  /// alone have no other form than theirs.
  public var quantizationStrength: Float = 1 {
    willSet {
      require(
        (0...1).contains(newValue) && (newValue == 1 || weight.masters != nil),
        "masters are quantised with a strength from 0 to 1, codes alone are always; got \(newValue)")
    }
  }
  private var cached: (version: Int, weight: QuantizedWeight)?

  /// - Parameter weight: [outputFeatures, inputFeatures].
  public init(
    weight: LinearWeight, configuration: BitLinearConfiguration = BitLinearConfiguration(),
    surroundings: LinearSurroundings = LinearSurroundings()
  ) {
    require(weight.shape.rank == 2, "a weight matrix has rank 2, got shape \(weight.shape)")
    require(
      weight.masters == nil || configuration.weightQuantization.isQuantizing,
      "BitLinear quantises; use Linear for full precision")
    self.weight = weight
    self.configuration = configuration
    self.surroundings = surroundings
  }

  /// Masters drawn from N(0, 1 / inputs), no bias.
  public convenience init(
    inputs: Int, outputs: Int, seed: UInt64, configuration: BitLinearConfiguration = BitLinearConfiguration()
  ) {
    var initialization = WeightInitialization(seed: seed, standardDeviation: 1 / Float(inputs).squareRoot())
    self.init(weight: .masters(initialization.normal([outputs, inputs])), configuration: configuration)
  }

  /// Codes and scale as they are now; computed once per change of the masters.
  public var quantizedWeight: QuantizedWeight {
    switch weight {
    case .codes(let codes): return codes
    case .masters(let masters):
      if let cached, cached.version == masters.version { return cached.weight }
      let made = QuantizedWeight(masters.value, configuration: configuration)
      cached = (masters.version, made)
      return made
    }
  }

  public var quantization: QuantizedWeight? { quantizedWeight }

  public func callAsFunction(_ input: LayerInput, addedTo residual: Tensor?) -> Tensor {
    surroundings.surround(input, addedTo: residual) { input, residual in
      if quantizationStrength < 1, let masters = weight.masters {
        return partlyQuantizedLinear(
          input.partlyQuantized(quantizationStrength), weight: masters.tensor, quantized: quantizedWeight,
          residual: residual)
      }
      return bitLinear(input.quantized, weight: weight.masters?.tensor, quantized: quantizedWeight, residual: residual)
    }
  }
}
