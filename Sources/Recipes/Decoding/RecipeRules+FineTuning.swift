import FileFormats
import Training

extension RecipeRules {
  private typealias Dataset = RecipeSchema.Dataset
  private typealias Loss = RecipeSchema.Loss

  static let fineTuning: [RecipeRule] =
    kindsOfKeys.map { key in
      RecipeRule(reads: [key.path, RecipeSchema.kind.path]) { recipe, reader in
        belongs(key.path, to: key.kinds, recipe, reader)
      }
    } + [
      RecipeRule(reads: [Loss.type.path, RecipeSchema.kind.path], violation: lossFitsTheKind),
      RecipeRule(reads: [Loss.labelSmoothing.path, Loss.type.path], violation: smoothingIsForSigmoids),
      RecipeRule(
        reads: [RecipeSchema.LoRA.dropout.path, RecipeSchema.LoRA.placement.path], violation: insideHasNoDropout),
      RecipeRule(
        reads: [Dataset.validationFraction.path, Dataset.validationPath.path], violation: oneSourceOfValidation),
      RecipeRule(
        reads: [RecipeSchema.loadsBestAtEnd.path, RecipeSchema.evaluateEverySteps.path], violation: bestIsKnown),
      RecipeRule(
        reads: [
          RecipeSchema.saveEverySteps.path, RecipeSchema.evaluateEverySteps.path,
          RecipeSchema.loadsBestAtEnd.path,
        ], violation: bestIsSaved),
      RecipeRule(
        reads: [RecipeSchema.earlyStoppingPatience.path, RecipeSchema.evaluateEverySteps.path],
        violation: patienceNeedsEvaluations),
    ]

  /// The keys that do not belong to every kind of recipe.
  private static let kindsOfKeys: [(path: String, kinds: [Recipe.Kind])] = [
    (RecipeSchema.evaluationTokens.path, [.pretrain]), (Dataset.train.path, [.pretrain]),
    (Dataset.validation.path, [.pretrain]), (Dataset.order.path, [.pretrain]),
    (RecipeSchema.Tokenizer.kind.path, [.pretrain]), (RecipeSchema.Tokenizer.specialTokens.path, [.pretrain]),
    (Dataset.format.path, [.sft, .dpo]), (Dataset.validationPath.path, [.sft, .dpo]),
    (Dataset.validationFraction.path, [.sft, .dpo]), (Dataset.overlong.path, [.sft, .dpo]),
    (Dataset.packed.path, [.sft]), (Dataset.trainsOnInput.path, [.sft]),
    (Dataset.maximumSamples.path, [.sft, .dpo]), (RecipeSchema.chatTemplate.path, [.sft, .dpo]),
    (RecipeSchema.maximumEpochs.path, [.sft, .dpo]), ("lora", [.sft, .dpo]),
    (Loss.type.path, [.sft, .dpo]), (Loss.reduction.path, [.sft]), (Loss.beta.path, [.dpo]),
    (Loss.labelSmoothing.path, [.dpo]), (Loss.supervisedWeight.path, [.dpo]),
  ]

  private static func belongs(
    _ path: String, to kinds: [Recipe.Kind], _ recipe: Recipe, _ reader: RecipeReader
  ) -> RecipeViolation? {
    guard reader.isGiven(path), !kinds.contains(recipe.kind) else { return nil }
    return RecipeViolation(
      message: "`\(path)` is given with `recipe: \(recipe.kind.rawValue)`",
      expected: "it with \(kinds.map(\.rawValue).joined(separator: " or ")) only", mend: .remove(path))
  }

  private static func lossFitsTheKind(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let type = reader.node(at: Loss.type.path).flatMap(Loss.type.parse), recipe.kind != .pretrain,
      (type.preferenceKind == nil) == (recipe.kind == .dpo)
    else { return nil }
    let right = RecipeLossType.allCases.filter { ($0.preferenceKind == nil) == (recipe.kind == .sft) }
    return RecipeViolation(
      message: "`loss.type: \(type.rawValue)` is given with `recipe: \(recipe.kind.rawValue)`",
      expected: right.map(\.rawValue).joined(separator: ", "), mend: .set(Loss.type.path, right[0].rawValue))
  }

  private static func smoothingIsForSigmoids(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard case .preference(let loss) = recipe.loss, loss.labelSmoothing > 0,
      ![.sigmoid, .robust, .sigmoidNormalized].contains(loss.kind)
    else { return nil }
    return RecipeViolation(
      message: "`loss.label_smoothing` is given with `loss.type: \(loss.kind.rawValue)`",
      expected: "it with sigmoid, sigmoid_norm or robust only", mend: .remove(Loss.labelSmoothing.path))
  }

  /// Adapters inside the quantiser have no input that could be dropped.
  private static func insideHasNoDropout(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let lora = recipe.lora, lora.placement == .inside, lora.dropout > 0 else { return nil }
    return RecipeViolation(
      message: "`lora.dropout` is \(YAMLText.number(lora.dropout)) with `lora.placement: inside`",
      expected: "0: the adapter is part of the quantised weight and has no input of its own",
      mend: .set(RecipeSchema.LoRA.dropout.path, "0"))
  }

  private static func oneSourceOfValidation(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let data = recipe.instructions, data.validationPath != nil, data.validationFraction != nil else { return nil }
    return RecipeViolation(
      message: "`dataset.validation_fraction` and `dataset.validation_path` are both given",
      expected: "one of the two", mend: .remove(Dataset.validationFraction.path))
  }

  private static func bestIsKnown(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.loadsBestAtEnd, recipe.training.evaluateEverySteps == nil else { return nil }
    return RecipeViolation(
      message: "`load_best_at_end` is given without `eval_every_n_steps`",
      expected: "evaluations, which tell which checkpoint is best",
      mend: .set(RecipeSchema.evaluateEverySteps.path, "500"))
  }

  private static func bestIsSaved(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.loadsBestAtEnd, let evaluation = recipe.training.evaluateEverySteps,
      recipe.training.saveEverySteps.map({ $0 % evaluation != 0 }) ?? true
    else { return nil }
    return RecipeViolation(
      message: "`save_every_n_steps` is \(recipe.training.saveEverySteps.map(String.init) ?? "not given") with "
        + "`load_best_at_end`",
      expected: "a multiple of `eval_every_n_steps` (\(evaluation)), so that what is saved has been evaluated",
      mend: .set(RecipeSchema.saveEverySteps.path, "\(evaluation)"))
  }

  private static func patienceNeedsEvaluations(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.earlyStoppingPatience != nil, recipe.training.evaluateEverySteps == nil else { return nil }
    return RecipeViolation(
      message: "`early_stopping_patience` is given without `eval_every_n_steps`",
      expected: "evaluations to be patient with", mend: .set(RecipeSchema.evaluateEverySteps.path, "500"))
  }
}
