extension Architecture {
  /// Which RMSNorms a block has.
  ///
  /// The blocks of training and runtime compute a norm at every site that `ModelParameter.Role` names; a variant that
  /// has other ones of them is a case here and its row in `norm(_:)`.
  public enum SubNorms: String, CaseIterable, Sendable {
    /// In front of attention and feed-forward alone: Llama and its relatives.
    case none
    /// Two more, in front of the output and the down projection: BitNet b1.58 2B4T.
    case bitnet
    /// Two more, in front of every projection, one each (arXiv 2505.08823).
    case projection
    /// Not in front of attention and feed-forward but behind them, and behind the query and the key projection: OLMo 2
    /// (arXiv 2501.00656).
    case output
  }

  /// The module and the width of a norm of the blocks; nil: these blocks have none there.
  func norm(_ role: ModelParameter.Role) -> (module: String, width: Int)? {
    switch role {
    case .inputNorm: subNorms == .output ? nil : ("input_layernorm", hiddenSize)
    case .postAttentionNorm: subNorms == .output ? nil : ("post_attention_layernorm", hiddenSize)
    case .attentionOutputNorm: subNorms == .output ? ("post_attention_layernorm", hiddenSize) : nil
    case .feedForwardOutputNorm: subNorms == .output ? ("post_feedforward_layernorm", hiddenSize) : nil
    case .attentionSubNorm: subNorms == .bitnet ? ("self_attn.attn_sub_norm", querySize) : nil
    case .feedForwardSubNorm: subNorms == .bitnet ? ("mlp.ffn_sub_norm", intermediateSize) : nil
    case .projectionNorm(let projection):
      subNorms == .projection ? ("\(projection.module).rms_norm", shape(of: projection)[1]) : nil
    case .queryNorm: headNorm("self_attn.q_norm", querySize)
    case .keyNorm: headNorm("self_attn.k_norm", keyValueSize)
    case .embedding, .head, .finalNorm, .matrix, .bias: nil
    }
  }

  /// Of every head by itself, or of all together.
  private func headNorm(_ module: String, _ widthTogether: Int) -> (module: String, width: Int)? {
    if subNorms == .output { return (module, widthTogether) }
    return normalizesHeads ? (module, headDimension) : nil
  }
}
