import Architectures
import Autograd
import Layers

/// Grouped-query causal attention with rotary positions and BitNet's norm before the output projection.
final class SelfAttention: Module {
  private let heads: Int
  private let keyValueHeads: Int
  private var queryProjection: any LinearLayer
  private var keyProjection: any LinearLayer
  private var valueProjection: any LinearLayer
  private var outputProjection: any LinearLayer
  private let subNorm: RMSNorm

  init(_ configuration: ModelConfiguration, initialization: inout WeightInitialization) {
    heads = configuration.attentionHeadCount
    keyValueHeads = configuration.keyValueHeadCount
    let hidden = configuration.hiddenSize
    let keyValueWidth = keyValueHeads * configuration.headDimension
    let numerics = configuration.bitLinear
    queryProjection = makeLinear(hidden, hidden, numerics, &initialization)
    keyProjection = makeLinear(hidden, keyValueWidth, numerics, &initialization)
    valueProjection = makeLinear(hidden, keyValueWidth, numerics, &initialization)
    outputProjection = makeLinear(hidden, hidden, numerics, &initialization)
    subNorm = RMSNorm(width: hidden, epsilon: Float(configuration.rmsNormEpsilon))
  }

  func callAsFunction(_ input: LayerInput, _ context: SequenceContext, addedTo residual: Tensor) -> Tensor {
    let queries = rotary(queryProjection(input), context.rotary, positions: context.positions)
    let keys = rotary(keyProjection(input), context.rotary, positions: context.positions)
    let values = valueProjection(input)
    let attended = causalAttention(
      queries: queries, keys: keys, values: values, heads: heads, keyValueHeads: keyValueHeads,
      length: context.length, documentStarts: context.documentStarts)
    return outputProjection(LayerInput(attended, norm: subNorm), addedTo: residual)
  }

  func replaceLinearLayers(_ replacement: LinearLayerReplacement) rethrows {
    queryProjection = try replacement("q_proj", queryProjection)
    keyProjection = try replacement("k_proj", keyProjection)
    valueProjection = try replacement("v_proj", valueProjection)
    outputProjection = try replacement("o_proj", outputProjection)
  }

  func collectParameters(into list: inout ParameterList) {
    list.add("q_proj", queryProjection)
    list.add("k_proj", keyProjection)
    list.add("v_proj", valueProjection)
    list.add("o_proj", outputProjection)
    list.add("attn_sub_norm", subNorm)
  }
}
