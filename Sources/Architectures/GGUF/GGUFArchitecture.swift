import FileFormats
import Kernels

/// The architectures of GGUF files that are read and written, as a table; the raw value also prefixes their metadata keys.
public enum GGUFArchitecture: String, CaseIterable, Sendable {
  case llama
  case qwen2
  case qwen3
  case olmo2
  /// BitNet's sub-norms with a SiLU feed-forward: llama.cpp and what builds on it.
  case bitnet
  /// The same with squared ReLU: bitnet.cpp, ik_llama.cpp.
  case bitnetB158 = "bitnet-b1.58"
  /// The earlier name of `bitnet-b1.58`.
  case bitnet25 = "bitnet-25"

  public var hiddenActivation: Activation {
    switch self {
    case .llama, .qwen2, .qwen3, .olmo2, .bitnet: .silu
    case .bitnetB158, .bitnet25: .relu2
    }
  }

  /// Whether matrices are ternary unless a file says otherwise.
  var isTernary: Bool {
    switch self {
    case .llama, .qwen2, .qwen3, .olmo2: false
    case .bitnet, .bitnetB158, .bitnet25: true
    }
  }

  /// The norms of the blocks, unless a file of this program says otherwise.
  var subNorms: Architecture.SubNorms {
    switch self {
    case .llama, .qwen2, .qwen3: .none
    case .olmo2: .output
    case .bitnet, .bitnetB158, .bitnet25: .bitnet
    }
  }

  var normalizesHeads: Bool { self == .qwen3 }

  /// Whether the rows of query and key matrices are ordered for pairs of neighbours to be rotated against each other.
  package var rotaryRowOrder: RotaryRowOrder { self == .llama ? .interleaved : .halves }

  /// Why files of this name do not describe an architecture; nil when they do.
  func difference(from architecture: Architecture) -> String? {
    if architecture.hiddenActivation != hiddenActivation {
      return "has the activation \(hiddenActivation.rawValue), the model \(architecture.hiddenActivation.rawValue)"
    }
    if architecture.subNorms != subNorms {
      return "has the sub-norms \(subNorms.rawValue), the model \(architecture.subNorms.rawValue)"
    }
    if architecture.normalizesHeads != normalizesHeads {
      return normalizesHeads ? "normalises query and key heads" : "does not normalise query and key heads"
    }
    let wanted: Set<Projection> = self == .qwen2 ? [.query, .key, .value] : []
    if architecture.biases != wanted, self != .llama {
      return "has \(wanted.isEmpty ? "no biases" : "biases of q_proj, k_proj and v_proj alone")"
    }
    // llama.cpp counts the tensors of a file and knows none of this name there.
    if self == .bitnet, !architecture.tieWordEmbeddings {
      return "knows only tied embeddings; train with tie_word_embeddings: true to export"
    }
    // The other way round.
    if self == .olmo2, architecture.tieWordEmbeddings {
      return "knows only separate heads; train with tie_word_embeddings: false to export"
    }
    return nil
  }

  /// The architecture that other programs compute a model with.
  /// - Throws: `GGUFArchitectureError` when none does.
  public init(_ architecture: Architecture) throws {
    let candidates = Self.allCases.filter { $0 != .bitnet25 }
    if let fitting = candidates.first(where: { $0.difference(from: architecture) == nil }) {
      self = fitting
      return
    }
    throw GGUFArchitectureError(
      reasons: candidates.compactMap { candidate in
        candidate.difference(from: architecture).map { "\(candidate.rawValue) \($0)" }
      })
  }
}

/// A model that no architecture of GGUF files describes.
public struct GGUFArchitectureError: Error, Equatable, Sendable, CustomStringConvertible {
  public let reasons: [String]

  public var description: String {
    "no GGUF architecture computes this model:" + reasons.map { "\n  - \($0)" }.joined()
  }
}

// MARK: - Names

/// The names of tensors in GGUF files.
extension ModelParameter {
  package var ggufName: String {
    guard let layer else {
      switch role {
      case .embedding: return "token_embd.weight"
      case .head: return "output.weight"
      default: return "output_norm.weight"
      }
    }
    let block = "blk.\(layer)."
    return switch role {
    case .matrix(let projection): block + projection.ggufModule + ".weight"
    case .bias(let projection): block + projection.ggufModule + ".bias"
    case .projectionNorm(let projection): block + projection.ggufModule + "_norm_in.weight"
    case .inputNorm: block + "attn_norm.weight"
    case .postAttentionNorm: block + "ffn_norm.weight"
    case .attentionSubNorm: block + "attn_sub_norm.weight"
    case .feedForwardSubNorm: block + "ffn_sub_norm.weight"
    case .attentionOutputNorm: block + "post_attention_norm.weight"
    case .feedForwardOutputNorm: block + "post_ffw_norm.weight"
    case .queryNorm: block + "attn_q_norm.weight"
    case .keyNorm: block + "attn_k_norm.weight"
    case .embedding, .head, .finalNorm: name
    }
  }

  /// The name of the separate scale of a matrix whose own type cannot hold it.
  package var ggufScaleName: String { ggufName.replacing(/\.weight$/, with: ".scale") }
}

extension Projection {
  package var ggufModule: String {
    switch self {
    case .query: "attn_q"
    case .key: "attn_k"
    case .value: "attn_v"
    case .output: "attn_output"
    case .gate: "ffn_gate"
    case .up: "ffn_up"
    case .down: "ffn_down"
    }
  }

  /// `blk.0.attn_q.weight` for `model.layers.0.self_attn.q_proj.weight`.
  /// - Parameter name: of the matrix of a linear layer.
  static func ggufName(ofMatrix name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    guard parts.count == 6, let projection = Projection(rawValue: parts[4]) else { return name }
    return "blk.\(parts[2]).\(projection.ggufModule).weight"
  }

  /// The other way round; nil for a name that no linear layer has.
  static func name(ofGGUFMatrix name: String) -> String? {
    let parts = name.split(separator: ".").map(String.init)
    guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]), parts[3] == "weight",
      let projection = allCases.first(where: { $0.ggufModule == parts[2] })
    else { return nil }
    return "model.layers.\(layer).\(projection.module).weight"
  }
}
