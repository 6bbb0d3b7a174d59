import Autograd
import Kernels

/// What can stand where a model multiplies by a weight matrix: `Linear` and `BitLinear` are interchangeable.
public protocol LinearLayer: Module {
  /// [outputFeatures, inputFeatures]
  var weight: Parameter { get }

  /// - Parameter input: [..., inputFeatures].
  /// - Returns: [..., outputFeatures].
  func callAsFunction(_ input: Tensor) -> Tensor

  /// The result for an input that several layers share; layers that quantise it do so once.
  func callAsFunction(_ input: LayerInput) -> Tensor
}

extension LinearLayer {
  public func callAsFunction(_ input: Tensor) -> Tensor { self(LayerInput(input)) }

  public func collectParameters(into list: inout ParameterList) {
    list.add("weight", weight)
  }
}

/// A tensor that goes into several linear layers, normalised or as it is, with its quantised form. What none of the layers
/// asks for is not computed: quantising layers never see the normalised values in full precision.
public final class LayerInput {
  private let tensor: Tensor
  private let norm: RMSNorm?
  private var normalizedForm: Tensor?
  private var quantizedForm: QuantizedActivations?

  /// - Parameter norm: what `tensor` goes through first.
  public init(_ tensor: Tensor, norm: RMSNorm? = nil) {
    self.tensor = tensor
    self.norm = norm
  }

  package var fullPrecision: Tensor {
    guard let norm else { return tensor }
    if let normalizedForm { return normalizedForm }
    let made = norm(tensor)
    normalizedForm = made
    return made
  }

  package var quantized: QuantizedActivations {
    if let quantizedForm { return quantizedForm }
    let made =
      if let norm, normalizedForm == nil {
        QuantizedActivations(normalizing: tensor, gain: norm.weight.tensor, epsilon: norm.epsilon)
      } else {
        QuantizedActivations(fullPrecision)
      }
    quantizedForm = made
    return made
  }
}

/// Makes the kind of layer that a configuration asks for, with weights drawn from N(0, standardDeviation²).
package func makeLinear(
  _ inputs: Int, _ outputs: Int, _ configuration: BitLinearConfiguration, _ initialization: inout WeightInitialization
) -> any LinearLayer {
  let weight = initialization.normal([outputs, inputs])
  switch configuration.weightQuantization {
  case .none: return Linear(weight: weight)
  case .absmean, .sign: return BitLinear(weight: weight, configuration: configuration)
  }
}
