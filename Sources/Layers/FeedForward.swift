import Autograd
import Kernels

/// The gated feed-forward layer (arXiv 2002.05202): down(norm(activation(gate(x)) · up(x))), the norm where there is one.
public final class FeedForward: Module {
  private var gateProjection: any LinearLayer
  private var upProjection: any LinearLayer
  private var downProjection: any LinearLayer
  /// BitNet's norm in front of the down projection.
  private let subNorm: RMSNorm?
  private let activation: Activation

  /// - Parameters:
  ///   - gate, up: [intermediate, hidden].
  ///   - down: [hidden, intermediate].
  ///   - subNorm: of width intermediate.
  package init(
    gate: any LinearLayer, up: any LinearLayer, down: any LinearLayer, activation: Activation,
    subNorm: RMSNorm? = nil
  ) {
    (gateProjection, upProjection, downProjection) = (gate, up, down)
    (self.activation, self.subNorm) = (activation, subNorm)
  }

  func callAsFunction(_ input: LayerInput, addedTo residual: Tensor?) -> Tensor {
    let (gate, up) = (gateProjection(input), upProjection(input))
    return downProjection(
      LayerInput(gate: gate, up: up, activation: activation, norm: subNorm), addedTo: residual)
  }

  func replaceLinearLayers(_ replacement: LinearLayerReplacement) rethrows {
    gateProjection = try replacement("gate_proj", gateProjection)
    upProjection = try replacement("up_proj", upProjection)
    downProjection = try replacement("down_proj", downProjection)
  }

  public func collectParameters(into list: inout ParameterList) {
    list.add("gate_proj", gateProjection)
    list.add("up_proj", upProjection)
    list.add("down_proj", downProjection)
    if let subNorm { list.add("ffn_sub_norm", subNorm) }
  }
}
