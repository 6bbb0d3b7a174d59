/// One stored tensor of a model, by its Hugging Face name.
public struct ModelParameter: Equatable, Sendable {
  /// What a tensor does in the model; diagnostics are grouped by it.
  public enum Kind: String, CaseIterable, Sendable {
    case embedding, norm, query, key, value, output, gate, up, down, head

    /// Whether the tensor is the weight of a `BitLinear`.
    public var isQuantized: Bool {
      switch self {
      case .query, .key, .value, .output, .gate, .up, .down: true
      case .embedding, .norm, .head: false
      }
    }
  }

  public let name: String
  /// `[out, in]` for matrices, `[width]` for norm gains.
  public let shape: [Int]
  public let kind: Kind
  /// The decoder layer, from 0; nil outside the layers.
  public let layer: Int?

  public var elementCount: Int { shape.reduce(1, *) }
}

extension ModelConfiguration {
  /// Width of all key (or value) heads together.
  public var keyValueSize: Int { keyValueHeadCount * headDimension }

  /// Every stored tensor, in the order of the forward pass.
  public var parameters: [ModelParameter] {
    var result = [
      ModelParameter(
        name: "model.embed_tokens.weight", shape: [vocabularySize, hiddenSize], kind: .embedding, layer: nil)
    ]
    for layer in 0..<hiddenLayerCount { result += parameters(ofLayer: layer) }
    result.append(ModelParameter(name: "model.norm.weight", shape: [hiddenSize], kind: .norm, layer: nil))
    if !tieWordEmbeddings {
      result.append(
        ModelParameter(name: "lm_head.weight", shape: [vocabularySize, hiddenSize], kind: .head, layer: nil))
    }
    return result
  }

  /// Elements of all stored tensors; a tied head counts once.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.elementCount } }

  package func parameters(ofLayer layer: Int) -> [ModelParameter] {
    func parameter(_ module: String, _ shape: [Int], _ kind: ModelParameter.Kind) -> ModelParameter {
      ModelParameter(name: "model.layers.\(layer).\(module).weight", shape: shape, kind: kind, layer: layer)
    }
    return [
      parameter("input_layernorm", [hiddenSize], .norm),
      parameter("self_attn.q_proj", [hiddenSize, hiddenSize], .query),
      parameter("self_attn.k_proj", [keyValueSize, hiddenSize], .key),
      parameter("self_attn.v_proj", [keyValueSize, hiddenSize], .value),
      parameter("self_attn.attn_sub_norm", [hiddenSize], .norm),
      parameter("self_attn.o_proj", [hiddenSize, hiddenSize], .output),
      parameter("post_attention_layernorm", [hiddenSize], .norm),
      parameter("mlp.gate_proj", [intermediateSize, hiddenSize], .gate),
      parameter("mlp.up_proj", [intermediateSize, hiddenSize], .up),
      parameter("mlp.ffn_sub_norm", [intermediateSize], .norm),
      parameter("mlp.down_proj", [hiddenSize, intermediateSize], .down),
    ]
  }
}
