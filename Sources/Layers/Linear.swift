import Autograd
import Kernels

/// A full-precision linear layer: y = x·Wᵀ, and a bias where there is one.
public final class Linear: LinearLayer {
  private let masters: Parameter
  public let surroundings: LinearSurroundings

  public var weight: LinearWeight { .masters(masters) }

  /// - Parameter weight: [outputFeatures, inputFeatures].
  public init(weight: Parameter, surroundings: LinearSurroundings = LinearSurroundings()) {
    require(weight.shape.rank == 2, "a weight matrix has rank 2, got shape \(weight.shape)")
    masters = weight
    self.surroundings = surroundings
  }

  /// Weights drawn from N(0, 1 / inputs), no bias.
  public convenience init(inputs: Int, outputs: Int, seed: UInt64) {
    var initialization = WeightInitialization(seed: seed, standardDeviation: 1 / Float(inputs).squareRoot())
    self.init(weight: initialization.normal([outputs, inputs]))
  }

  public func callAsFunction(_ input: LayerInput, addedTo residual: Tensor?) -> Tensor {
    surroundings.surround(input, addedTo: residual) { input, residual in
      let product = linear(input.fullPrecision, weight: masters.tensor)
      return residual.map { $0 + product } ?? product
    }
  }
}
