import Foundation

/// adapter_config.json as PEFT reads and writes it.
extension LoRAConfiguration {
  static let fileName = "adapter_config.json"

  /// - Parameter baseModel: where the model lies that the adapter belongs to.
  package func peftJSON(baseModel: String) throws -> Data {
    try JSONValue.object([
      "peft_type": .string("LORA"), "task_type": .string("CAUSAL_LM"),
      "base_model_name_or_path": .string(baseModel),
      "r": .integer(rank), "lora_alpha": .number(alpha), "lora_dropout": .number(dropout),
      "target_modules": .array(targets.map { .string($0.rawValue) }), "use_rslora": .boolean(usesRankStabilization),
      "bias": .string("none"), "fan_in_fan_out": .boolean(false), "inference_mode": .boolean(true),
      "init_lora_weights": .boolean(true), "modules_to_save": .null,
    ]).serialized()
  }

  /// Settings that change what an adapter computes, with the values that change nothing.
  private static let neutral: [(key: String, values: [JSONValue])] = [
    ("use_dora", [.boolean(false)]), ("lora_bias", [.boolean(false)]), ("bias", [.string("none")]),
    ("fan_in_fan_out", [.boolean(false)]), ("modules_to_save", [.array([])]), ("alpha_pattern", [.object([:])]),
    ("trainable_token_indices", [.array([])]), ("target_parameters", [.array([])]),
    ("layer_replication", [.array([])]), ("alora_invocation_tokens", [.array([])]),
  ]

  /// - Returns: the configuration, `beside` as PEFT computes, and the path of the base model if it is given. Targets and
  ///   ranks of single layers follow from the tensors.
  /// - Throws: `FileError`, `AdapterError`.
  static func readPEFT(folder: URL) throws -> (configuration: LoRAConfiguration, baseModel: String?) {
    let url = folder.appendingPathComponent(fileName)
    let file = try MappedFile(url)
    let value: JSONValue
    do {
      value = try JSONParser.parse(file.withBytes { String(decoding: $0, as: UTF8.self) })
    } catch {
      throw AdapterError(path: url.path, problems: ["is not JSON (\(error))"])
    }
    var reader = ConfigurationReader(value.objectValue ?? [:])
    if let type = reader.string("peft_type"), type != "LORA" {
      reader.complain("peft_type is \"\(type)\", expected LORA; other kinds of adapters are not implemented")
    }
    for (key, values) in neutral { reader.requireDefault(key, values) }
    let rank = reader.require("r") ?? 1
    if rank < 1 { reader.complain("r is \(rank), expected a rank of at least 1") }
    let alpha = reader.double("lora_alpha") ?? 8
    if !alpha.isFinite || alpha == 0 { reader.complain("lora_alpha is \(alpha), expected a number that is not 0") }
    let configuration = LoRAConfiguration(
      rank: max(1, rank), alpha: alpha, dropout: reader.double("lora_dropout") ?? 0,
      usesRankStabilization: reader.boolean("use_rslora") ?? false)
    let baseModel = reader.string("base_model_name_or_path")
    guard reader.problems.isEmpty else { throw AdapterError(path: url.path, problems: reader.problems) }
    return (configuration, baseModel)
  }
}
