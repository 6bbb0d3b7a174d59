import Kernels

/// The classes of Hugging Face's transformers that are read and written, as a table: their names, what a missing key of
/// config.json means to them, and what they can express.
public enum HuggingFaceClass: String, CaseIterable, Sendable {
  case bitnet = "BitNetForCausalLM"
  case llama = "LlamaForCausalLM"
  case mistral = "MistralForCausalLM"
  case qwen2 = "Qwen2ForCausalLM"
  case qwen3 = "Qwen3ForCausalLM"
  /// The published models of 1bitLLM, whose code is not part of transformers. Read only: the same function is written as
  /// `BitNetForCausalLM`.
  case bitnetOfOneBitLLM = "BitnetForCausalLM"
  /// What no class of transformers computes, such as norms of query heads together with BitNet's sub-norms.
  case own = "SwiftBitNetForCausalLM"

  public var modelType: String {
    switch self {
    case .bitnet: "bitnet"
    case .llama, .bitnetOfOneBitLLM: "llama"
    case .mistral: "mistral"
    case .qwen2: "qwen2"
    case .qwen3: "qwen3"
    case .own: "swift_bitnet"
    }
  }

  /// What the configuration classes of transformers fill in.
  struct Defaults {
    /// nil: has to be said.
    var activation: Activation? = .silu
    var tied: Bool? = false
    var theta: Double? = 10_000
    var epsilon: Double? = 1e-6
    var positions: Int?
    /// nil: as many as query heads.
    var keyValueHeads: Int?
    /// nil: hidden size / heads.
    var headDimension: Int?
    /// Whether the key of the key and value heads may be left out.
    var mayOmitKeyValueHeads = true
  }

  var defaults: Defaults {
    switch self {
    case .bitnet:
      // The default of 5 heads is that of one model.
      Defaults(activation: .relu2, theta: 500_000, epsilon: 1e-5, positions: 2048, mayOmitKeyValueHeads: false)
    case .llama, .bitnetOfOneBitLLM: Defaults(positions: 2048)
    case .mistral: Defaults(positions: 131_072, keyValueHeads: 8)
    case .qwen2: Defaults(positions: 32_768, keyValueHeads: 32)
    case .qwen3: Defaults(positions: 32_768, keyValueHeads: 32, headDimension: 128)
    case .own: Defaults(activation: nil, tied: nil, theta: nil, epsilon: nil, mayOmitKeyValueHeads: false)
    }
  }

  /// The tensors that a module has under other names than transformers' usual ones, by role.
  func alternativeNames(of parameter: ModelParameter) -> [String] {
    guard let layer = parameter.layer else { return [] }
    let block = "model.layers.\(layer)."
    switch (self, parameter.role) {
    case (.bitnetOfOneBitLLM, .attentionSubNorm): return [block + "self_attn.inner_attn_ln.weight"]
    case (.bitnetOfOneBitLLM, .feedForwardSubNorm): return [block + "mlp.ffn_layernorm.weight"]
    case (_, .projectionNorm(let projection)): return [block + projection.module + ".norm.weight"]
    default: return []
    }
  }

  /// Why this class does not compute what an architecture says; nil when it does.
  func difference(from architecture: Architecture) -> String? {
    let queryKeyValue: Set<Projection> = [.query, .key, .value]
    let attention = Set(Projection.attention)
    var allowedBiases: [Set<Projection>] = [[], attention]
    var (subNorms, normalizesHeads): (Set<Architecture.SubNorms>, Bool) = ([.none], false)
    switch self {
    case .own: return nil
    case .bitnetOfOneBitLLM: return "is only read"
    case .bitnet: subNorms = [.bitnet]
    case .llama: allowedBiases += [Set(Projection.feedForward), Set(Projection.allCases)]
    case .mistral: allowedBiases = [[]]
    case .qwen2: allowedBiases = [queryKeyValue]
    case .qwen3: normalizesHeads = true
    }
    if architecture.bitLinear.weightQuantization == .absmean, self != .bitnet { subNorms.insert(.projection) }
    if !subNorms.contains(architecture.subNorms) { return "has no sub-norms \(architecture.subNorms.rawValue)" }
    if !allowedBiases.contains(architecture.biases) {
      return "has no biases in exactly \(architecture.biases.sorted().map(\.rawValue).joined(separator: ", "))"
    }
    if normalizesHeads != architecture.normalizesHeads {
      return normalizesHeads ? "normalises its heads" : "does not normalise its heads"
    }
    // Its sub-norm has the width of the hidden state.
    if self == .bitnet, architecture.querySize != architecture.hiddenSize { return "has heads as wide as the model" }
    return nil
  }
}

extension Architecture {
  /// The class that a folder of this model names: the one it came from while that still fits, else the first that computes
  /// the same.
  public var writtenClass: HuggingFaceClass {
    if let named = huggingFaceClass, named.difference(from: self) == nil { return named }
    return [.bitnet, .llama, .qwen2, .qwen3].first { $0.difference(from: self) == nil } ?? .own
  }
}
