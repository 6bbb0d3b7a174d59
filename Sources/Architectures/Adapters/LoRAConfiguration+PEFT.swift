import FileFormats
import Foundation

/// adapter_config.json as PEFT reads it: the writing half of `PEFTConfiguration`.
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
}
