import Autograd

/// One transformer block: attention and feed-forward, each between two norms where there are such, and added to the residual
/// stream.
public final class DecoderLayer: Module {
  private let inputNorm: RMSNorm?
  private let attention: SelfAttention
  private let attentionOutputNorm: RMSNorm?
  private let postAttentionNorm: RMSNorm?
  private let feedForward: FeedForward
  private let feedForwardOutputNorm: RMSNorm?

  package init(
    inputNorm: RMSNorm?, attention: SelfAttention, attentionOutputNorm: RMSNorm? = nil, postAttentionNorm: RMSNorm?,
    feedForward: FeedForward, feedForwardOutputNorm: RMSNorm? = nil
  ) {
    (self.inputNorm, self.attention, self.attentionOutputNorm) = (inputNorm, attention, attentionOutputNorm)
    self.postAttentionNorm = postAttentionNorm
    (self.feedForward, self.feedForwardOutputNorm) = (feedForward, feedForwardOutputNorm)
  }

  package func callAsFunction(_ input: Tensor, _ context: SequenceContext) -> Tensor {
    let attended = Self.added(to: input, attentionOutputNorm) {
      attention(LayerInput(input, norm: inputNorm), context, addedTo: $0)
    }
    return Self.added(to: attended, feedForwardOutputNorm) {
      feedForward(LayerInput(attended, norm: postAttentionNorm), addedTo: $0)
    }
  }

  /// residual + norm(part), the norm where there is one.
  private static func added(to residual: Tensor, _ norm: RMSNorm?, _ part: (Tensor?) -> Tensor) -> Tensor {
    norm.map { residual + $0(part(nil)) } ?? part(residual)
  }

  package func replaceLinearLayers(_ replacement: LinearLayerReplacement) rethrows {
    try attention.replaceLinearLayers { try replacement("self_attn." + $0, $1) }
    try feedForward.replaceLinearLayers { try replacement("mlp." + $0, $1) }
  }

  public func collectParameters(into list: inout ParameterList) {
    list.add("self_attn", attention)
    list.add("mlp", feedForward)
    if let inputNorm { list.add("input_layernorm", inputNorm) }
    if let norm = postAttentionNorm ?? attentionOutputNorm { list.add("post_attention_layernorm", norm) }
    if let feedForwardOutputNorm { list.add("post_feedforward_layernorm", feedForwardOutputNorm) }
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
