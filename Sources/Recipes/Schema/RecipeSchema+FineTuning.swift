import Architectures
import Training

extension RecipeSchema {
  /// Adapters, and what is minimised.
  static let fineTuning: [RecipeEntry] = [
    RecipeEntry(
      .integer("lora.rank", in: 1...4096, example: "16"), \.lora.rank, when: \.hasLoRA,
      aliases: ["r", "lora_r", "lora_rank"]),
    RecipeEntry(.positiveNumber("lora.alpha", example: "32"), \.lora.alpha, when: \.hasLoRA, aliases: ["lora_alpha"]),
    RecipeEntry(
      .number("lora.dropout", "a number from 0 to below 1", example: "0.05", where: { (0..<1).contains($0) }),
      \.lora.dropout, when: \.hasLoRA, aliases: ["lora_dropout"]),
    RecipeEntry(
      .loraTargets("lora.target_modules"), \.lora.targets, when: \.hasLoRA,
      aliases: ["lora_target_modules", "modules", "lora_attn_modules"]),
    RecipeEntry(
      .boolean("lora.use_rslora", example: "false"), \.lora.usesRankStabilization, when: \.hasLoRA,
      aliases: ["rslora"]),
    RecipeEntry(.choice("lora.placement", example: .beside), \.lora.placement, when: \.hasLoRA),
    RecipeEntry(
      .choice("loss.type", example: .sigmoid), \.lossType, kinds: [.sft, .dpo],
      default: { $0.kind == .dpo ? .sigmoid : .likelihood }, aliases: ["loss_type"]),
    RecipeEntry(.choice("loss.reduction", example: .mean), \.reduction, kinds: [.sft]),
    RecipeEntry(.positiveNumber("loss.beta", example: "0.1"), \.preference.beta, kinds: [.dpo], aliases: ["dpo_beta"]),
    RecipeEntry(
      .number(
        "loss.label_smoothing", "a number from 0 to below 0.5", example: "0.1", where: { (0..<0.5).contains($0) }),
      \.preference.labelSmoothing, kinds: [.dpo]),
    RecipeEntry(
      .nonNegativeNumber("loss.sft_weight", example: "0.1"), \.preference.supervisedWeight, kinds: [.dpo],
      aliases: ["rpo_alpha"]),
  ]
}
