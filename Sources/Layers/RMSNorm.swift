import Autograd

/// Root mean square normalisation with a learned gain (arXiv 1910.07467).
public final class RMSNorm: Module {
  /// The gain, [width].
  public let weight: Parameter
  public let epsilon: Float

  /// A gain of ones.
  public init(width: Int, epsilon: Float = 1e-5) {
    weight = Parameter(.ones([width]), role: .norm)
    self.epsilon = epsilon
  }

  /// - Parameter weight: the gain, [width].
  public init(weight: Parameter, epsilon: Float = 1e-5) {
    self.weight = weight
    self.epsilon = epsilon
  }

  public var width: Int { weight.shape[0] }

  public func callAsFunction(_ input: Tensor) -> Tensor {
    rmsNorm(input, gain: weight.tensor, epsilon: epsilon)
  }

  public func collectParameters(into list: inout ParameterList) {
    list.add("weight", weight)
  }
}
