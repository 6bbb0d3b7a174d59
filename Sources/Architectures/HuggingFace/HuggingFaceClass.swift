import Kernels

/// The classes of Hugging Face's transformers that are read and written, as a table: their names, what a missing key of
/// config.json means to them, and what they can express.
public enum HuggingFaceClass: String, CaseIterable, Sendable {
  case bitnet = "BitNetForCausalLM"
  case llama = "LlamaForCausalLM"
  case mistral = "MistralForCausalLM"
  case qwen2 = "Qwen2ForCausalLM"
  case qwen3 = "Qwen3ForCausalLM"
  case olmo2 = "Olmo2ForCausalLM"
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
    case .olmo2: "olmo2"
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
    case .olmo2: Defaults(epsilon: 1e-5, positions: 2048)
    case .own: Defaults(activation: nil, tied: nil, theta: nil, epsilon: nil, mayOmitKeyValueHeads: false)
    }
  }

  /// What the blocks of a class are made of.
  struct Blocks {
    var subNorms = Architecture.SubNorms.none
    var normalizesHeads = false
    /// The projections that always have one.
    var biases: Set<Projection> = []
    /// Those that have one when a key of config.json is true.
    var optionalBiases: [String: Set<Projection>] = ["attention_bias": Set(Projection.attention)]
    var slidingWindow = SlidingWindow.whereNamed

    /// When attention looks no further back than the key `sliding_window` says.
    enum SlidingWindow: Equatable {
      case whereNamed
      /// Also where the key is missing.
      case otherwise(Int)
      /// Only when `use_sliding_window` is true.
      case whereSwitchedOn
    }
  }

  var blocks: Blocks {
    switch self {
    case .bitnet, .bitnetOfOneBitLLM: Blocks(subNorms: .bitnet)
    case .llama:
      Blocks(optionalBiases: [
        "attention_bias": Set(Projection.attention), "mlp_bias": Set(Projection.feedForward),
      ])
    case .mistral: Blocks(optionalBiases: [:], slidingWindow: .otherwise(4096))
    case .qwen2: Blocks(biases: [.query, .key, .value], optionalBiases: [:], slidingWindow: .whereSwitchedOn)
    case .qwen3: Blocks(normalizesHeads: true, slidingWindow: .whereSwitchedOn)
    case .olmo2: Blocks(subNorms: .output)
    case .own: Blocks(optionalBiases: [:])
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
  package func difference(from architecture: Architecture) -> String? {
    switch self {
    case .own: return nil
    case .bitnetOfOneBitLLM: return "is only read"
    default: break
    }
    var subNorms: Set<Architecture.SubNorms> = [blocks.subNorms]
    // Quantised layers can have norms of their own where the block has none for them.
    if architecture.bitLinear.weightQuantization == .absmean, blocks.subNorms == .none { subNorms.insert(.projection) }
    if !subNorms.contains(architecture.subNorms) { return "has no sub-norms \(architecture.subNorms.rawValue)" }
    if !possibleBiases.contains(architecture.biases) {
      return "has no biases in exactly \(architecture.biases.sorted().map(\.rawValue).joined(separator: ", "))"
    }
    if blocks.normalizesHeads != architecture.normalizesHeads {
      return blocks.normalizesHeads ? "normalises its heads" : "does not normalise its heads"
    }
    // Its sub-norm has the width of the hidden state.
    if self == .bitnet, architecture.querySize != architecture.hiddenSize { return "has heads as wide as the model" }
    return nil
  }

  /// The projections that can have biases together.
  private var possibleBiases: Set<Set<Projection>> {
    blocks.optionalBiases.values.reduce(into: [blocks.biases]) { possible, optional in
      possible.formUnion(possible.map { $0.union(optional) })
    }
  }
}

extension Architecture {
  /// The class that a folder of the model named, where that is not the one whose function it is.
  var givenClass: HuggingFaceClass? { givenClassName.flatMap(HuggingFaceClass.init) }

  /// The class that a folder of this model names: the one it came from while that still fits, else the first that computes
  /// the same.
  public var writtenClass: HuggingFaceClass {
    if let named = givenClass, named.difference(from: self) == nil { return named }
    return HuggingFaceClass.allCases.first { $0.difference(from: self) == nil } ?? .own
  }
}
