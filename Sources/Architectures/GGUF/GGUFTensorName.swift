extension ModelParameter {
  /// The name of this tensor in GGUF files of the `bitnet` architectures.
  package var ggufName: String {
    guard let layer else {
      switch kind {
      case .embedding: return "token_embd.weight"
      case .head: return "output.weight"
      default: return "output_norm.weight"
      }
    }
    let module = name.split(separator: ".").dropLast().last.map(String.init) ?? name
    return "blk.\(layer).\(Self.ggufModules[module] ?? module).weight"
  }

  /// The name of the separate scale of a matrix whose own type cannot hold it.
  package var ggufScaleName: String { ggufName.replacing(/\.weight$/, with: ".scale") }

  private static let ggufModules = [
    "input_layernorm": "attn_norm", "q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v",
    "attn_sub_norm": "attn_sub_norm", "o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
    "gate_proj": "ffn_gate", "up_proj": "ffn_up", "ffn_sub_norm": "ffn_sub_norm", "down_proj": "ffn_down",
  ]

  /// `blk.0.attn_q.weight` for `model.layers.0.self_attn.q_proj.weight`.
  /// - Parameter name: of the matrix of a linear layer.
  static func ggufName(ofMatrix name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    guard parts.count == 6 else { return name }
    return "blk.\(parts[2]).\(ggufModules[parts[4]] ?? parts[4]).weight"
  }

  /// The other way round; nil for a name that no linear layer has.
  static func name(ofGGUFMatrix name: String) -> String? {
    let parts = name.split(separator: ".").map(String.init)
    guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]), parts[3] == "weight",
      let module = ggufModules.first(where: { $0.value == parts[2] })?.key, module.hasSuffix("_proj")
    else { return nil }
    let block = ["gate_proj", "up_proj", "down_proj"].contains(module) ? "mlp" : "self_attn"
    return "model.layers.\(layer).\(block).\(module).weight"
  }
}
