import CKernels

/// The elementwise function of a feed-forward layer, by the name that `hidden_act` has in a Hugging Face config.json.
///
/// What each computes, forward and backward, stands in the C header `Activations.h`, once for training and inference.
public enum Activation: String, CaseIterable, Sendable {
  /// max(x, 0)² (arXiv 2109.08668), as in BitNet b1.58 2B4T.
  case relu2
  /// x · sigmoid(x), also called swish: gated, it is SwiGLU (arXiv 2002.05202).
  case silu
  /// x · Φ(x), with the distribution function of the normal distribution (arXiv 1606.08415).
  case gelu
  /// The same with tanh: x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))).
  case geluTanh = "gelu_pytorch_tanh"
  /// max(x, 0)
  case relu

  /// Other names by which transformers knows the same function.
  public var aliases: [String] {
    switch self {
    case .silu: ["swish"]
    case .gelu: ["gelu_python"]
    case .geluTanh: ["gelu_new", "gelu_fast", "gelu_accurate", "gelu_python_tanh"]
    case .relu2, .relu: []
    }
  }

  /// - Parameter name: as `hidden_act` or `hidden_activation` has it, or an alias; nil for functions that are not here.
  public init?(huggingFaceName name: String) {
    guard let found = Self.allCases.first(where: { $0.rawValue == name || $0.aliases.contains(name) }) else {
      return nil
    }
    self = found
  }

  package var kernel: bitnet_activation {
    switch self {
    case .relu2: BITNET_ACTIVATION_RELU2
    case .silu: BITNET_ACTIVATION_SILU
    case .gelu: BITNET_ACTIVATION_GELU
    case .geluTanh: BITNET_ACTIVATION_GELU_TANH
    case .relu: BITNET_ACTIVATION_RELU
    }
  }
}
