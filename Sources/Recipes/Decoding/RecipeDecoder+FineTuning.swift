import Architectures
import Datasets
import Training

extension RecipeDecoder {
  func readInstructions(from reader: inout RecipeReader) -> InstructionConfiguration {
    typealias Keys = RecipeSchema.Dataset
    var dataset = InstructionConfiguration(path: reader.required(Keys.path))
    dataset.format = reader.value(Keys.format, default: dataset.format)
    dataset.validationPath = reader.optional(Keys.validationPath)
    dataset.validationFraction = reader.optional(Keys.validationFraction)
    dataset.overlong = reader.value(Keys.overlong, default: dataset.overlong)
    dataset.isPacked = reader.value(Keys.packed, default: dataset.isPacked)
    dataset.trainsOnInput = reader.value(Keys.trainsOnInput, default: dataset.trainsOnInput)
    dataset.maximumSamples = reader.optional(Keys.maximumSamples)
    return dataset
  }

  /// nil when the recipe has no `lora`.
  func readLoRA(from reader: inout RecipeReader) -> LoRAConfiguration? {
    typealias Keys = RecipeSchema.LoRA
    guard reader.isGiven("lora") else { return nil }
    let standard = LoRAConfiguration()
    return LoRAConfiguration(
      rank: reader.value(Keys.rank, default: standard.rank),
      alpha: reader.value(Keys.alpha, default: standard.alpha),
      dropout: reader.value(Keys.dropout, default: standard.dropout),
      targets: reader.value(Keys.targets, default: standard.targets),
      usesRankStabilization: reader.value(Keys.usesRankStabilization, default: standard.usesRankStabilization),
      placement: reader.value(Keys.placement, default: standard.placement))
  }

  func readLoss(_ kind: Recipe.Kind, from reader: inout RecipeReader) -> LossConfiguration {
    typealias Keys = RecipeSchema.Loss
    let type = reader.value(Keys.type, default: kind == .dpo ? .sigmoid : .likelihood)
    let reduction = reader.value(Keys.reduction, default: .mean)
    let standard = PreferenceLossConfiguration()
    let preference = PreferenceLossConfiguration(
      kind: type.preferenceKind ?? standard.kind,
      beta: reader.value(Keys.beta, default: standard.beta),
      labelSmoothing: reader.value(Keys.labelSmoothing, default: standard.labelSmoothing),
      supervisedWeight: reader.value(Keys.supervisedWeight, default: standard.supervisedWeight))
    return kind == .dpo ? .preference(preference) : .likelihood(reduction)
  }
}
