import Training

extension RecipeRules {
  /// Which settings belong to which loss.
  static let losses: [RecipeRule] =
    PreferenceLossSetting.allCases.map { setting in
      RecipeRule(reads: [setting.path, "loss.type"]) { recipe, reader in
        settingFitsTheLoss(setting, recipe, reader)
      }
    } + [
      RecipeRule(reads: ["loss.type", "recipe"], violation: lossFitsTheKind),
      RecipeRule(reads: ["batch_size", "recipe"], violation: thereAreOtherAnswers),
    ]

  /// `a`, `a or b`, `a, b or c`.
  static func spoken(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " or \(last)"
  }

  private static func lossFitsTheKind(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let type = reader.node(at: "loss.type")?.text.flatMap(RecipeLossType.init), recipe.kind != .pretrain,
      type.recipeKind != recipe.kind
    else { return nil }
    let right = RecipeLossType.allCases.filter { $0.recipeKind == recipe.kind }
    // Both learn preferences, so that it is the recipe that is called wrongly.
    let isOtherPreference = type.recipeKind != .sft && recipe.kind != .sft
    return RecipeViolation(
      message: "`loss.type: \(type.rawValue)` is given with `recipe: \(recipe.kind.rawValue)`",
      expected: right.map(\.rawValue).joined(separator: ", "),
      mend: isOtherPreference ? .set("recipe", type.recipeKind.rawValue) : .set("loss.type", right[0].rawValue))
  }

  private static func settingFitsTheLoss(
    _ setting: PreferenceLossSetting, _ recipe: Recipe, _ reader: RecipeReader
  ) -> RecipeViolation? {
    guard let loss = recipe.preference, reader.isGiven(setting.path), !loss.kind.takes(setting) else { return nil }
    // Runs of before wrote these for every loss.
    if [.labelSmoothing, .supervisedWeight].contains(setting), reader.node(at: setting.path)?.number == 0 {
      return nil
    }
    let kinds = PreferenceLossConfiguration.Kind.allCases.filter { $0.takes(setting) }.map(\.rawValue)
    return RecipeViolation(
      message: "`\(setting.path)` is given with `loss.type: \(loss.kind.rawValue)`",
      expected: "it with \(spoken(kinds)) only", mend: .remove(setting.path))
  }

  private static func thereAreOtherAnswers(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.kind == .kto, recipe.training.batchSize < 2 else { return nil }
    return RecipeViolation(
      message: "`batch_size` is 1 with `recipe: kto`",
      expected: "at least 2: the KL term is estimated from answers to the other prompts of a micro-batch",
      mend: .set("batch_size", "8"))
  }
}
