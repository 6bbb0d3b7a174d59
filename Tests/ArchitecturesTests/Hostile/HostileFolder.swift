import FileFormats
import Foundation
import Kernels
import TestSupport

import Architectures

/// Tiny models of every class of Hugging Face, as folders whose files can be spoilt.
struct HostileFolder {
  let directory: TemporaryDirectory
  let configuration: JSONValue

  var url: URL { directory.url }

  /// What the published models of each class say, in small.
  static let configurations: [HuggingFaceClass: JSONValue] = {
    let common: [String: JSONValue] = [
      "vocab_size": .integer(12), "hidden_size": .integer(8), "intermediate_size": .integer(12),
      "num_hidden_layers": .integer(2), "num_attention_heads": .integer(2), "num_key_value_heads": .integer(1),
      "hidden_act": .string("silu"), "rms_norm_eps": .number(1e-5), "max_position_embeddings": .integer(64),
      "initializer_range": .number(0.02), "tie_word_embeddings": .boolean(true), "bos_token_id": .integer(1),
      "eos_token_id": .array([.integer(2), .integer(3)]), "pad_token_id": .null, "rope_theta": .number(10_000),
      "attention_dropout": .number(0), "use_cache": .boolean(true), "torch_dtype": .string("float32"),
    ]
    let ternary = JSONValue.object([
      "quant_method": .string("bitnet"), "linear_class": .string("autobitlinear"),
      "quantization_mode": .string("online"), "modules_to_not_convert": .array([.string("lm_head")]),
    ])
    let llama3 = JSONValue.object([
      "rope_type": .string("llama3"), "factor": .number(8), "low_freq_factor": .number(1),
      "high_freq_factor": .number(4), "original_max_position_embeddings": .integer(16),
    ])
    let ofClass: [HuggingFaceClass: [String: JSONValue]] = [
      .bitnet: ["hidden_act": .string("relu2"), "quantization_config": ternary, "attention_bias": .boolean(false)],
      .llama: [
        "rope_scaling": llama3, "attention_bias": .boolean(true), "mlp_bias": .boolean(true), "head_dim": .integer(4),
      ],
      .mistral: ["sliding_window": .null, "tie_word_embeddings": .boolean(false)],
      .qwen2: [
        "use_sliding_window": .boolean(false), "sliding_window": .integer(32),
        "layer_types": .array([.string("full_attention"), .string("full_attention")]),
      ],
      .qwen3: ["head_dim": .integer(6), "attention_bias": .boolean(false), "use_sliding_window": .boolean(false)],
      .olmo2: ["attention_bias": .boolean(true)],
      .bitnetOfOneBitLLM: ["weight_bits": .integer(1), "input_bits": .integer(8)],
      .own: [
        "swift_bitnet": .object([
          "format_version": .integer(1), "weight_quant": .string("absmean"), "activation_bits": .integer(8),
          "scale_dtype": .string("float16"), "sub_norms": .string("bitnet"),
          "biases": .array([.string("q_proj"), .string("down_proj")]), "qk_norm": .boolean(true),
        ])
      ],
    ]
    return Dictionary(
      uniqueKeysWithValues: ofClass.map { named, members in
        let names: [String: JSONValue] = [
          "architectures": .array([.string(named.rawValue)]), "model_type": .string(named.modelType),
        ]
        return (named, .object(common.merging(names) { $1 }.merging(members) { $1 }))
      })
  }()

  /// - Parameter shards: how many files the weights are cut into; 1: `model.safetensors`, without an index.
  init(_ named: HuggingFaceClass, shards: Int = 1) throws {
    directory = try TemporaryDirectory()
    configuration = Self.configurations[named] ?? .null
    let url = try directory.file("config.json", Data(JSONDraft(configuration).written.utf8))
    let parameters = try Architecture(huggingFaceJSON: url).parameters
    var map: [String: JSONValue] = [:]
    for shard in 0..<shards {
      let name = shards == 1 ? "model.safetensors" : "model-\(shard).safetensors"
      let mine = parameters.enumerated().filter { $0.offset * shards / parameters.count == shard }.map(\.element)
      for parameter in mine { map[parameter.name] = .string(name) }
      try SafetensorsWriter.write(
        mine.map { parameter in
          SafetensorsWriter.Entry(
            name: parameter.name, shape: parameter.shape,
            floats: (0..<parameter.elementCount).map { Float($0 % 5 - 2) })
        }, to: directory.url.appending(path: name))
    }
    guard shards > 1 else { return }
    index = .object(["metadata": .object(["total_size": .integer(1234)]), "weight_map": .object(map)])
    _ = try directory.file("model.safetensors.index.json", Data(JSONDraft(index).written.utf8))
  }

  private(set) var index = JSONValue.null

  /// Opens the folder and reads every weight of it.
  /// - Returns: why it was refused; nil when it is a model.
  func refusal() -> (any Error)? {
    do {
      let weights = try StoredModel(url).weights
      for parameter in weights.architecture.parameters {
        if weights.architecture.isQuantized(parameter) {
          _ = try weights.codes(of: parameter)
        } else {
          _ = try weights.withStored(parameter) { try $0.floats() }
        }
      }
      return nil
    } catch {
      return error
    }
  }
}
