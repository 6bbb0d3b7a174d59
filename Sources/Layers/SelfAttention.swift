import Autograd
import Kernels

/// Grouped-query causal attention with rotary positions (arXiv 2305.13245, 2104.09864).
public final class SelfAttention: Module {
  private let heads: Int
  private let keyValueHeads: Int
  private var queryProjection: any LinearLayer
  private var keyProjection: any LinearLayer
  private var valueProjection: any LinearLayer
  private var outputProjection: any LinearLayer
  /// Of every query head (Qwen3, arXiv 2505.09388), or of all together (OLMo 2); nil: none.
  private let queryNorm: RMSNorm?
  private let keyNorm: RMSNorm?
  /// BitNet's norm in front of the output projection.
  private let subNorm: RMSNorm?

  /// - Parameters:
  ///   - query: [heads · headDimension, hidden].
  ///   - key, value: [keyValueHeads · headDimension, hidden].
  ///   - output: [hidden, heads · headDimension].
  ///   - queryNorm, keyNorm: of width headDimension, or of all heads together.
  ///   - subNorm: of width heads · headDimension.
  package init(
    heads: Int, keyValueHeads: Int, query: any LinearLayer, key: any LinearLayer, value: any LinearLayer,
    output: any LinearLayer, queryNorm: RMSNorm? = nil, keyNorm: RMSNorm? = nil, subNorm: RMSNorm? = nil
  ) {
    (self.heads, self.keyValueHeads) = (heads, keyValueHeads)
    (queryProjection, keyProjection, valueProjection, outputProjection) = (query, key, value, output)
    (self.queryNorm, self.keyNorm, self.subNorm) = (queryNorm, keyNorm, subNorm)
  }

  func callAsFunction(_ input: LayerInput, _ context: SequenceContext, addedTo residual: Tensor?) -> Tensor {
    let queries = rotary(
      normalized(queryProjection(input), by: queryNorm), context.rotary, positions: context.positions)
    let keys = rotary(normalized(keyProjection(input), by: keyNorm), context.rotary, positions: context.positions)
    let values = valueProjection(input)
    let attended = causalAttention(
      queries: queries, keys: keys, values: values, heads: heads, keyValueHeads: keyValueHeads,
      length: context.length, documentStarts: context.documentStarts)
    return outputProjection(LayerInput(attended, norm: subNorm), addedTo: residual)
  }

  /// Every head of every row by itself, or every row, as wide as the norm is.
  private func normalized(_ rows: Tensor, by norm: RMSNorm?) -> Tensor {
    guard let norm else { return rows }
    return norm(rows.reshaped(to: [-1, norm.width])).reshaped(to: rows.shape)
  }

  func replaceLinearLayers(_ replacement: LinearLayerReplacement) rethrows {
    queryProjection = try replacement("q_proj", queryProjection)
    keyProjection = try replacement("k_proj", keyProjection)
    valueProjection = try replacement("v_proj", valueProjection)
    outputProjection = try replacement("o_proj", outputProjection)
  }

  public func collectParameters(into list: inout ParameterList) {
    list.add("q_proj", queryProjection)
    list.add("k_proj", keyProjection)
    list.add("v_proj", valueProjection)
    list.add("o_proj", outputProjection)
    if let queryNorm { list.add("q_norm", queryNorm) }
    if let keyNorm { list.add("k_norm", keyNorm) }
    if let subNorm { list.add("attn_sub_norm", subNorm) }
  }
}
