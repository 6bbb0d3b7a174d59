import Autograd

/// One transformer block: attention and feed-forward, each behind a pre-norm and added to the residual stream.
public final class DecoderLayer: Module {
  private let inputNorm: RMSNorm
  private let attention: SelfAttention
  private let postAttentionNorm: RMSNorm
  private let feedForward: FeedForward

  package init(
    inputNorm: RMSNorm, attention: SelfAttention, postAttentionNorm: RMSNorm, feedForward: FeedForward
  ) {
    (self.inputNorm, self.attention) = (inputNorm, attention)
    (self.postAttentionNorm, self.feedForward) = (postAttentionNorm, feedForward)
  }

  package func callAsFunction(_ input: Tensor, _ context: SequenceContext) -> Tensor {
    let attended = attention(LayerInput(input, norm: inputNorm), context, addedTo: input)
    return feedForward(LayerInput(attended, norm: postAttentionNorm), addedTo: attended)
  }

  package func replaceLinearLayers(_ replacement: LinearLayerReplacement) rethrows {
    try attention.replaceLinearLayers { try replacement("self_attn." + $0, $1) }
    try feedForward.replaceLinearLayers { try replacement("mlp." + $0, $1) }
  }

  public func collectParameters(into list: inout ParameterList) {
    list.add("self_attn", attention)
    list.add("mlp", feedForward)
    list.add("input_layernorm", inputNorm)
    list.add("post_attention_layernorm", postAttentionNorm)
  }
}

/// What the layers need to know about the rows of a batch.
package struct SequenceContext {
  package let length: Int
  package let rotary: RotaryEmbedding
  /// Per row, counted from the start of its document.
  package let positions: [Int32]
  /// Per row, see `causalAttention`.
  package let documentStarts: [Int32]?

  package init(length: Int, rotary: RotaryEmbedding, positions: [Int32], documentStarts: [Int32]?) {
    self.length = length
    self.rotary = rotary
    self.positions = positions
    self.documentStarts = documentStarts
  }
}
