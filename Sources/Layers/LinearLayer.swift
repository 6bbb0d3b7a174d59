import Autograd
import Kernels

/// What can stand where a model multiplies by a weight matrix: `Linear`, `BitLinear` and adapters are interchangeable.
public protocol LinearLayer: Module {
  var weight: LinearWeight { get }

  /// What stands around the product.
  var surroundings: LinearSurroundings { get }

  /// What the forward pass multiplies by, adapters inside the quantiser included; nil: full precision.
  var quantization: QuantizedWeight? { get }

  /// The product of an input that several layers may share; those that quantise it do so once.
  /// - Parameter residual: [..., outputFeatures], added to the result; nil: nothing.
  /// - Returns: [..., outputFeatures].
  func callAsFunction(_ input: LayerInput, addedTo residual: Tensor?) -> Tensor
}

/// What a linear layer multiplies by.
public enum LinearWeight {
  /// [outputFeatures, inputFeatures], trainable or frozen.
  case masters(Parameter)
  /// Ternary codes alone: nothing to train.
  case codes(QuantizedWeight)

  /// [outputFeatures, inputFeatures]
  public var shape: Shape {
    switch self {
    case .masters(let parameter): parameter.shape
    case .codes(let codes): codes.shape
    }
  }

  public var masters: Parameter? {
    if case .masters(let parameter) = self { parameter } else { nil }
  }
}

/// What stands before and behind the product of a linear layer: a norm of its own input, and a bias.
public struct LinearSurroundings {
  /// [inputFeatures] (arXiv 2505.08823).
  public var norm: RMSNorm?
  /// [outputFeatures]
  public var bias: Parameter?

  public init(norm: RMSNorm? = nil, bias: Parameter? = nil) {
    self.norm = norm
    self.bias = bias
  }

  /// norm → product → bias → residual.
  /// - Parameter product: of the normalised input, plus its second argument where there is one.
  func surround(
    _ input: LayerInput, addedTo residual: Tensor?, _ product: (LayerInput, Tensor?) -> Tensor
  ) -> Tensor {
    let input = norm.map { LayerInput(input.fullPrecision, norm: $0) } ?? input
    guard let bias else { return product(input, residual) }
    let sum = product(input, nil) + bias.tensor
    return residual.map { $0 + sum } ?? sum
  }

  var isEmpty: Bool { norm == nil && bias == nil }

  func collectParameters(into list: inout ParameterList) {
    if let norm { list.add("rms_norm", norm) }
    if let bias { list.add("bias", bias) }
  }
}

extension LinearLayer {
  public var quantization: QuantizedWeight? { nil }

  /// - Parameter input: [..., inputFeatures].
  /// - Returns: [..., outputFeatures].
  public func callAsFunction(_ input: Tensor) -> Tensor { self(LayerInput(input), addedTo: nil) }

  public func callAsFunction(_ input: LayerInput) -> Tensor { self(input, addedTo: nil) }

  public func collectParameters(into list: inout ParameterList) {
    if let masters = weight.masters { list.add("weight", masters) }
    surroundings.collectParameters(into: &list)
  }
}

/// The kind of layer that numerics ask for, around a weight.
package func makeLinear(
  _ weight: LinearWeight, _ numerics: BitLinearConfiguration, _ surroundings: LinearSurroundings = LinearSurroundings()
) -> any LinearLayer {
  guard !numerics.weightQuantization.isQuantizing, let masters = weight.masters else {
    return BitLinear(weight: weight, configuration: numerics, surroundings: surroundings)
  }
  return Linear(weight: masters, surroundings: surroundings)
}

/// Gets the name of a linear layer within the module whose layers are replaced, such as `self_attn.q_proj` in a block, and
/// the layer, and gives what takes its place.
package typealias LinearLayerReplacement = (_ name: String, _ layer: any LinearLayer) throws -> any LinearLayer
