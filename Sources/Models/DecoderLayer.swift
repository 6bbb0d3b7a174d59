import Architectures
import Autograd
import Layers

/// One transformer block: attention and feed-forward, each behind a pre-norm and added to the residual stream.
final class DecoderLayer: Module {
  private let inputNorm: RMSNorm
  private let attention: SelfAttention
  private let postAttentionNorm: RMSNorm
  private let feedForward: FeedForward

  init(_ configuration: ModelConfiguration, initialization: inout WeightInitialization) {
    let epsilon = Float(configuration.rmsNormEpsilon)
    inputNorm = RMSNorm(width: configuration.hiddenSize, epsilon: epsilon)
    attention = SelfAttention(configuration, initialization: &initialization)
    postAttentionNorm = RMSNorm(width: configuration.hiddenSize, epsilon: epsilon)
    feedForward = FeedForward(configuration, initialization: &initialization)
  }

  func callAsFunction(_ input: Tensor, _ context: SequenceContext) -> Tensor {
    let attended = attention(LayerInput(input, norm: inputNorm), context, addedTo: input)
    return feedForward(LayerInput(attended, norm: postAttentionNorm), addedTo: attended)
  }

  func replaceLinearLayers(_ replacement: LinearLayerReplacement) rethrows {
    try attention.replaceLinearLayers { try replacement("self_attn." + $0, $1) }
    try feedForward.replaceLinearLayers { try replacement("mlp." + $0, $1) }
  }

  func collectParameters(into list: inout ParameterList) {
    list.add("self_attn", attention)
    list.add("mlp", feedForward)
    list.add("input_layernorm", inputNorm)
    list.add("post_attention_layernorm", postAttentionNorm)
  }
}

/// What the layers need to know about the rows of a batch.
struct SequenceContext {
  let length: Int
  let rotary: RotaryEmbedding
  /// Per row, counted from the start of its document.
  let positions: [Int32]
  /// Per row, see `causalAttention`.
  let documentStarts: [Int32]?
}
