import Architectures
import Autograd
import Kernels
import Layers

/// The gated feed-forward layer with BitNet's norm before the down projection:
/// down(norm(activation(gate(x)) · up(x))).
final class FeedForward: Module {
  private var gateProjection: any LinearLayer
  private var upProjection: any LinearLayer
  private var downProjection: any LinearLayer
  private let subNorm: RMSNorm
  private let activation: Activation

  init(_ configuration: ModelConfiguration, initialization: inout WeightInitialization) {
    let (hidden, intermediate) = (configuration.hiddenSize, configuration.intermediateSize)
    let numerics = configuration.bitLinear
    gateProjection = makeLinear(hidden, intermediate, numerics, &initialization)
    upProjection = makeLinear(hidden, intermediate, numerics, &initialization)
    downProjection = makeLinear(intermediate, hidden, numerics, &initialization)
    subNorm = RMSNorm(width: intermediate, epsilon: Float(configuration.rmsNormEpsilon))
    activation = configuration.hiddenActivation
  }

  func callAsFunction(_ input: LayerInput, addedTo residual: Tensor) -> Tensor {
    let (gate, up) = (gateProjection(input), upProjection(input))
    return downProjection(
      LayerInput(gate: gate, up: up, activation: activation, norm: subNorm), addedTo: residual)
  }

  func replaceLinearLayers(_ replacement: LinearLayerReplacement) rethrows {
    gateProjection = try replacement("gate_proj", gateProjection)
    upProjection = try replacement("up_proj", upProjection)
    downProjection = try replacement("down_proj", downProjection)
  }

  func collectParameters(into list: inout ParameterList) {
    list.add("gate_proj", gateProjection)
    list.add("up_proj", upProjection)
    list.add("down_proj", downProjection)
    list.add("ffn_sub_norm", subNorm)
  }
}
