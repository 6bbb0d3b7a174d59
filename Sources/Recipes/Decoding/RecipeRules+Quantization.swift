import Training

extension RecipeRules {
  /// How the weights of a model become codes, at once or gradually.
  static let quantization: [RecipeRule] = [
    RecipeRule(reads: ["bitlinear.weight_quant", "lora", "recipe"], violation: conversionTrainsAllWeights),
    RecipeRule(reads: warmupPaths + ["bitlinear.weight_quant"], violation: warmupNeedsCodes),
    RecipeRule(reads: warmupPaths + ["lora"], violation: warmupNeedsMasters),
    RecipeRule(reads: ["bitlinear.warmup.steps", "bitlinear.warmup.type"], violation: warmupStepsNeedAShape),
    RecipeRule(
      reads: ["bitlinear.warmup.steps", "bitlinear.start_step", "bitlinear.warmup.type", "max_steps"],
      violation: quantizationWarmupEnds),
  ]

  private static let warmupPaths = ["bitlinear.warmup.type", "bitlinear.start_step"]

  private static func conversionTrainsAllWeights(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.conversion != nil, recipe.lora != nil || ![.pretrain, .sft].contains(recipe.kind) else { return nil }
    return RecipeViolation(
      message: "`bitlinear.weight_quant` is given with "
        + (recipe.lora == nil ? "`recipe: \(recipe.kind.rawValue)`" : "`lora`"),
      expected: "it with pretrain or sft of all weights, which can learn to be codes",
      mend: .remove("bitlinear.weight_quant"))
  }

  private static func warmupNeedsCodes(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let warmup = recipe.training.quantizationWarmup
    guard warmup.isGradual, let numerics = recipe.newModel?.bitLinear ?? recipe.conversion,
      numerics.weightQuantization == .none
    else { return nil }
    return RecipeViolation(
      message: "\(spoken(warmup)) is given with `bitlinear.weight_quant: none`", expected: "weights that become codes",
      mend: .set("bitlinear.weight_quant", "absmean"))
  }

  private static func warmupNeedsMasters(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let warmup = recipe.training.quantizationWarmup
    guard warmup.isGradual, recipe.lora != nil else { return nil }
    return RecipeViolation(
      message: "\(spoken(warmup)) is given with `lora`",
      expected: "it where all weights are trained: adapters learn beside weights that stay as they are",
      mend: .remove(warmup.shape == .none ? "bitlinear.start_step" : "bitlinear.warmup"))
  }

  private static func warmupStepsNeedAShape(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.quantizationWarmup.shape == .none, reader.isGiven("bitlinear.warmup.steps") else {
      return nil
    }
    return RecipeViolation(
      message: "`bitlinear.warmup.steps` is given with `bitlinear.warmup.type: none`",
      expected: "a type, which says how λ rises", mend: .set("bitlinear.warmup.type", "linear"))
  }

  private static func quantizationWarmupEnds(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let warmup = recipe.training.quantizationWarmup
    guard let steps = recipe.training.maximumSteps, !warmup.ends(within: steps) else { return nil }
    guard warmup.shape != .none, warmup.startStep < steps else {
      return RecipeViolation(
        message: "`bitlinear.start_step` is \(warmup.startStep)",
        expected: "a step within `max_steps` (\(steps)), so that the model becomes quantised",
        mend: .set("bitlinear.start_step", "\(steps / 2)"))
    }
    let start = warmup.startStep > 0 ? " - `bitlinear.start_step`" : ""
    return RecipeViolation(
      message: "`bitlinear.warmup.steps` is \(warmup.steps)",
      expected: "at most `max_steps`\(start) (\(steps - warmup.startStep)), so that the model becomes quantised",
      mend: .set("bitlinear.warmup.steps", "\(steps - warmup.startStep)"))
  }

  private static func spoken(_ warmup: QuantizationWarmup) -> String {
    warmup.shape == .none ? "`bitlinear.start_step`" : "`bitlinear.warmup`"
  }
}
