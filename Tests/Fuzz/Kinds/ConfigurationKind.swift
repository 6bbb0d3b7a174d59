import Architectures
import FileFormats
import Foundation

/// config.json of models and adapter_config.json of adapters.
enum ConfigurationKind: InputKind {
  static func forms(in folder: URL) throws -> [InputForm] {
    let adapter = folder.appending(path: "adapter")
    try writeAdapter(to: adapter)
    return [
      InputForm(
        fileName: "config.json",
        mutator: JSONMutator(HuggingFaceClass.allCases.map(configuration), words: words, values: modules)
      ) { url, bytes in
        let model = try bytes.withUnsafeBytes { try Architecture(huggingFaceJSON: $0, path: url.path) }
        guard model.parameterCount < 1 << 24, model.hiddenLayerCount < 64 else { return }
        _ = model.quantizedParameters.count
        // What was read can be written, and says the same.
        let written = try model.huggingFaceJSON()
        let again = try written.withUnsafeBytes { try Architecture(huggingFaceJSON: $0, path: "written") }
        guard again.parameterCount == model.parameterCount else {
          throw CocoaError(.coderInvalidValue, userInfo: [NSLocalizedDescriptionKey: "written it reads differently"])
        }
      },
      InputForm(
        fileName: "adapter/adapter_config.json",
        mutator: JSONMutator(
          [adapterConfiguration], words: ["LORA", "LOHA", "all-linear", "q_proj", "none", "layers.0.q_proj"])
      ) { url, _ in _ = try LoRAAdapter(url.deletingLastPathComponent()) },
    ]
  }

  private static let words =
    [
      "silu", "relu2", "gelu", "gelu_pytorch_tanh", "llama", "bitnet", "qwen2", "qwen3", "olmo2", "mistral", "yarn",
      "linear", "dynamic", "llama3", "default", "longrope", "bfloat16", "full_attention", "sliding_attention", "online",
      "offline", "bitnet-b1.58", "absmean", "sign", "none", "float32",
    ] + HuggingFaceClass.allCases.map(\.rawValue)

  private static let modules = [
    "[\"model.layers.0.mlp.up_proj\"]", "[\"lm_head\", \"0\"]", "{\"rope_type\":\"linear\",\"factor\":2}",
    "{\"rope_type\":\"yarn\",\"factor\":4,\"original_max_position_embeddings\":32}",
    "{\"type\":\"dynamic\",\"factor\":2.0}", "[2,3]",
  ]

  static func configuration(_ named: HuggingFaceClass) -> String {
    let special: [HuggingFaceClass: String] = [
      .bitnet: """
      "hidden_act":"relu2","quantization_config":{"quant_method":"bitnet","linear_class":"autobitlinear",
      "quantization_mode":"online","modules_to_not_convert":["lm_head"]},"attention_bias":false,
      """,
      .llama: """
      "rope_scaling":{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,
      "original_max_position_embeddings":16},"attention_bias":true,"mlp_bias":true,"head_dim":4,
      """,
      .qwen2: """
      "use_sliding_window":false,"sliding_window":32,"layer_types":["full_attention","full_attention"],
      """,
      .qwen3: """
      "head_dim":6,"attention_bias":false,
      """,
      .bitnetOfOneBitLLM: """
      "weight_bits":1,"input_bits":8,
      """,
      .own: """
      "swift_bitnet":{"format_version":1,"weight_quant":"absmean","activation_bits":8,"scale_dtype":"float16",
      "sub_norms":"bitnet","biases":["q_proj","down_proj"],"qk_norm":true},
      """,
    ]
    return """
      {"architectures":["\(named.rawValue)"],"model_type":"\(named.modelType)",\(special[named] ?? "")
      "vocab_size":12,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,"num_attention_heads":2,
      "num_key_value_heads":1,\(special[named]?.contains("hidden_act") == true ? "" : "\"hidden_act\":\"silu\",")
      "rms_norm_eps":1e-5,"max_position_embeddings":64,"initializer_range":0.02,"tie_word_embeddings":true,
      "bos_token_id":1,"eos_token_id":[2,3],"pad_token_id":null,"rope_theta":10000.0,"attention_dropout":0.0,
      "use_cache":true,"torch_dtype":"float32"}
      """
  }

  /// Writes a model that fits the configuration of BitNet.
  /// - Returns: the name of the weights, or the text of their index.
  static func writeModel(to folder: URL, shards: Int) throws -> [String] {
    try FileSystem.createDirectories(folder)
    let text = configuration(.bitnet)
    try Data(text.utf8).write(to: folder.appending(path: "config.json"))
    let parameters = try Array(text.utf8).withUnsafeBytes {
      try Architecture(huggingFaceJSON: $0, path: "config.json").parameters
    }
    var map: [String] = []
    for shard in 0..<shards {
      let name = shards == 1 ? "model.safetensors" : "model-\(shard).safetensors"
      let mine = parameters.enumerated().filter { $0.offset * shards / parameters.count == shard }.map(\.element)
      map += mine.map { "\"\($0.name)\":\"\(name)\"" }
      let entries = mine.map { parameter in
        SafetensorsWriter.Entry(
          name: parameter.name, shape: parameter.shape,
          floats: (0..<parameter.elementCount).map { Float($0 % 5 - 2) })
      }
      try SafetensorsWriter.write(entries, to: folder.appending(path: name))
    }
    if shards == 1 { return ["model.safetensors"] }
    return ["{\"metadata\":{\"total_size\":1234},\"weight_map\":{\(map.joined(separator: ",\n"))}}"]
  }

  private static let adapterConfiguration = """
    {"peft_type":"LORA","task_type":"CAUSAL_LM","base_model_name_or_path":"base","r":2,"lora_alpha":16,
    "lora_dropout":0.0,"target_modules":["q_proj"],"use_rslora":false,"bias":"none","fan_in_fan_out":false,
    "rank_pattern":{"layers.0.self_attn.q_proj":2},"alpha_pattern":{},"modules_to_save":null,"use_dora":false,
    "layers_to_transform":null,"layers_pattern":null}
    """

  private static func writeAdapter(to folder: URL) throws {
    try FileSystem.createDirectories(folder)
    let name = "base_model.model.model.layers.0.self_attn.q_proj"
    try SafetensorsWriter.write(
      [
        .init(name: name + ".lora_A.weight", shape: [2, 6], floats: (0..<12).map { Float($0) * 0.01 }),
        .init(name: name + ".lora_B.weight", shape: [4, 2], floats: (0..<8).map { Float($0) * -0.02 }),
      ], to: folder.appending(path: LoRAAdapter.weightsFileName))
  }
}
