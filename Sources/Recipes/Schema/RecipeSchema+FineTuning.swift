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
      .choice("loss.type", example: .sigmoid), \.lossType, kinds: Recipe.Kind.fineTuning,
      default: { draft in
        switch draft.kind {
        case .dpo: .sigmoid
        case .kto: .kto
        default: .likelihood
        }
      }, aliases: ["loss_type"]),
    RecipeEntry(.choice("loss.reduction", example: .mean), \.reduction, kinds: [.sft]),
    RecipeEntry(
      .positiveNumber("loss.beta", example: "0.1"), \.preference.beta, kinds: [.dpo, .kto],
      // Rewards of a token instead of an answer are small: SimPO's own default.
      default: { $0.lossType == .simpo ? 2 : 0.1 },
      aliases: ["dpo_beta", "orpo_beta", "orpo_alpha", "kto_beta", "simpo_beta", "cpo_beta", "pref_beta", "lambda"]),
    RecipeEntry(
      .number(
        "loss.label_smoothing", "a number from 0 to below 0.5", example: "0.1", where: { (0..<0.5).contains($0) }),
      \.preference.labelSmoothing, kinds: [.dpo], writtenWhen: { $0.losses(take: .labelSmoothing) }),
    RecipeEntry(
      .nonNegativeNumber("loss.sft_weight", example: "0.1"), \.preference.supervisedWeight, kinds: [.dpo],
      writtenWhen: { $0.losses(take: .supervisedWeight) }, aliases: ["rpo_alpha"]),
    RecipeEntry(
      .nonNegativeNumber("loss.gamma", example: "0.5"), \.preference.gamma, kinds: [.dpo],
      when: { $0.losses(take: .gamma) }, aliases: ["simpo_gamma"]),
    RecipeEntry(
      .nonNegativeNumber("loss.cpo_alpha", example: "1.0"), \.preference.likelihoodWeight, kinds: [.dpo],
      when: { $0.losses(take: .likelihoodWeight) }, default: { $0.lossType == .cpo ? 1 : 0 }),
    RecipeEntry(
      .nonNegativeNumber("loss.desirable_weight", example: "1.0"), \.unpaired.desirableWeight, kinds: [.kto],
      aliases: ["kto_desirable_weight", "kto_chosen_weight"]),
    RecipeEntry(
      .nonNegativeNumber("loss.undesirable_weight", example: "1.0"), \.unpaired.undesirableWeight, kinds: [.kto],
      aliases: ["kto_undesirable_weight", "kto_rejected_weight"]),
  ]
}
