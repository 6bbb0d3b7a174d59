import Autograd
import Kernels

/// What can stand where a model multiplies by a weight matrix: `Linear` and `BitLinear` are interchangeable.
public protocol LinearLayer: Module {
  /// [outputFeatures, inputFeatures]
  var weight: Parameter { get }

  /// What the forward pass multiplies by, adapters inside the quantiser included; nil: full precision.
  var quantization: QuantizedWeight? { get }

  /// - Parameter input: [..., inputFeatures].
  /// - Returns: [..., outputFeatures].
  func callAsFunction(_ input: Tensor) -> Tensor

  /// The result for an input that several layers share; layers that quantise it do so once.
  func callAsFunction(_ input: LayerInput) -> Tensor

  /// `residual` + the result.
  func callAsFunction(_ input: LayerInput, addedTo residual: Tensor) -> Tensor
}

extension LinearLayer {
  public var quantization: QuantizedWeight? { nil }

  public func callAsFunction(_ input: Tensor) -> Tensor { self(LayerInput(input)) }

  public func callAsFunction(_ input: LayerInput, addedTo residual: Tensor) -> Tensor { residual + self(input) }

  public func collectParameters(into list: inout ParameterList) {
    list.add("weight", weight)
  }
}

/// Makes the kind of layer that a configuration asks for, with weights drawn from N(0, standardDeviation²).
package func makeLinear(
  _ inputs: Int, _ outputs: Int, _ configuration: BitLinearConfiguration, _ initialization: inout WeightInitialization
) -> any LinearLayer {
  makeLinear(initialization.normal([outputs, inputs]), configuration)
}

/// The kind of layer that a configuration asks for, around a weight.
package func makeLinear(_ weight: Parameter, _ configuration: BitLinearConfiguration) -> any LinearLayer {
  configuration.weightQuantization.isQuantizing
    ? BitLinear(weight: weight, configuration: configuration) : Linear(weight: weight)
}

/// Gets the name of a linear layer within the module whose layers are replaced, such as `self_attn.q_proj` in a block, and
/// the layer, and gives what takes its place.
package typealias LinearLayerReplacement = (_ name: String, _ layer: any LinearLayer) throws -> any LinearLayer
