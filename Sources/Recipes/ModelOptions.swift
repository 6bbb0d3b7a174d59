/// What a recipe says of a new model besides its dimensions: in what decoders of one family differ.
public struct ModelOptions: Equatable, Sendable {
  /// The norms within attention and feed-forward, besides the two before them.
  public enum SubNorms: String, CaseIterable, Sendable {
    case none
    /// One before the output and one before the down projection.
    case bitnet
    /// One before every projection.
    case projection
  }

  /// Channels of a head; nil: `hidden_size / num_attention_heads`.
  public var headDimension: Int?
  /// Biases of the query, key and value projections.
  public var hasAttentionBias = false
  public var subNorms = SubNorms.bitnet
  /// Norms of the queries and keys of every head.
  public var normalizesQueriesAndKeys = false
  public var ropeScaling = RopeScaling.none

  public init() {}
}

/// How rotary positions are stretched beyond those a model was trained with.
public enum RopeScaling: Equatable, Sendable {
  case none
  /// All frequencies divided by a factor.
  case linear(factor: Double)
  /// Low frequencies divided, high ones kept, those between blended (Llama 3.1).
  case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalPositions: Int)
}

extension ModelOptions {
  /// The key of the first option that is no default; nil when all are.
  var firstUnusual: String? {
    let standard = ModelOptions()
    if headDimension != nil { return "model.head_dim" }
    if hasAttentionBias != standard.hasAttentionBias { return "model.attention_bias" }
    if subNorms != standard.subNorms { return "model.sub_norms" }
    if normalizesQueriesAndKeys != standard.normalizesQueriesAndKeys { return "model.qk_norm" }
    return ropeScaling == standard.ropeScaling ? nil : "model.rope_scaling"
  }
}
