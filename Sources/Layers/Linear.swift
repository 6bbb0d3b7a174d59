import Autograd
import Kernels

/// A full-precision linear layer without bias: y = x·Wᵀ.
public final class Linear: LinearLayer {
  public let weight: Parameter

  /// - Parameter weight: [outputFeatures, inputFeatures].
  public init(weight: Parameter) {
    require(weight.shape.rank == 2, "a weight matrix has rank 2, got shape \(weight.shape)")
    self.weight = weight
  }

  /// Weights drawn from N(0, 1 / inputs).
  public convenience init(inputs: Int, outputs: Int, seed: UInt64) {
    var initialization = WeightInitialization(seed: seed, standardDeviation: 1 / Float(inputs).squareRoot())
    self.init(weight: initialization.normal([outputs, inputs]))
  }

  public func callAsFunction(_ input: LayerInput) -> Tensor {
    linear(input.fullPrecision, weight: weight.tensor)
  }
}
