import FileFormats
import Training

extension RecipeRules {
  static let fineTuning: [RecipeRule] =
    keysOfSomeKinds.map { key in
      RecipeRule(reads: [key.path, "recipe"]) { recipe, reader in
        belongs(key.path, to: key.kinds, recipe, reader)
      }
    } + losses + [
      RecipeRule(
        reads: ["lora.dropout", "lora.placement"], violation: insideHasNoDropout),
      RecipeRule(
        reads: ["dataset.validation_fraction", "dataset.validation_path"], violation: oneSourceOfValidation),
      RecipeRule(
        reads: ["load_best_at_end", "eval_every_n_steps"], violation: bestIsKnown),
      RecipeRule(
        reads: [
          "save_every_n_steps", "eval_every_n_steps",
          "load_best_at_end",
        ], violation: bestIsSaved),
      RecipeRule(
        reads: ["early_stopping_patience", "eval_every_n_steps"],
        violation: patienceNeedsEvaluations),
    ]

  /// The keys, and the mapping, that do not belong to every kind of recipe.
  private static let keysOfSomeKinds: [(path: String, kinds: [Recipe.Kind])] =
    [("lora", Recipe.Kind.fineTuning)]
    + RecipeSchema.entries.filter { $0.kinds.count < Recipe.Kind.allCases.count }.map { ($0.path, $0.kinds) }

  private static func belongs(
    _ path: String, to kinds: [Recipe.Kind], _ recipe: Recipe, _ reader: RecipeReader
  ) -> RecipeViolation? {
    guard reader.isGiven(path), !kinds.contains(recipe.kind) else { return nil }
    return RecipeViolation(
      message: "`\(path)` is given with `recipe: \(recipe.kind.rawValue)`",
      expected: "it with \(spoken(kinds.map(\.rawValue))) only", mend: .remove(path))
  }

  /// Adapters inside the quantiser have no input that could be dropped.
  private static func insideHasNoDropout(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let lora = recipe.lora, lora.placement == .inside, lora.dropout > 0 else { return nil }
    return RecipeViolation(
      message: "`lora.dropout` is \(YAMLText.number(lora.dropout)) with `lora.placement: inside`",
      expected: "0: the adapter is part of the quantised weight and has no input of its own",
      mend: .set("lora.dropout", "0"))
  }

  private static func oneSourceOfValidation(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let data = recipe.instructions, data.validationPath != nil, data.validationFraction != nil else { return nil }
    return RecipeViolation(
      message: "`dataset.validation_fraction` and `dataset.validation_path` are both given",
      expected: "one of the two", mend: .remove("dataset.validation_fraction"))
  }

  private static func bestIsKnown(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.loadsBestAtEnd, recipe.training.evaluateEverySteps == nil else { return nil }
    return RecipeViolation(
      message: "`load_best_at_end` is given without `eval_every_n_steps`",
      expected: "evaluations, which tell which checkpoint is best",
      mend: .set("eval_every_n_steps", "500"))
  }

  private static func bestIsSaved(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.loadsBestAtEnd, let evaluation = recipe.training.evaluateEverySteps,
      recipe.training.saveEverySteps.map({ $0 % evaluation != 0 }) ?? true
    else { return nil }
    return RecipeViolation(
      message: "`save_every_n_steps` is \(recipe.training.saveEverySteps.map(String.init) ?? "not given") with "
        + "`load_best_at_end`",
      expected: "a multiple of `eval_every_n_steps` (\(evaluation)), so that what is saved has been evaluated",
      mend: .set("save_every_n_steps", "\(evaluation)"))
  }

  private static func patienceNeedsEvaluations(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.earlyStoppingPatience != nil, recipe.training.evaluateEverySteps == nil else { return nil }
    return RecipeViolation(
      message: "`early_stopping_patience` is given without `eval_every_n_steps`",
      expected: "evaluations to be patient with", mend: .set("eval_every_n_steps", "500"))
  }
}
