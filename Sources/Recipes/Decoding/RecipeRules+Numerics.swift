import Training

extension RecipeRules {
  static let numerics: [RecipeRule] = [
    RecipeRule(reads: ["bitlinear.activation_bits"], violation: activationsHaveEightBits),
    RecipeRule(
      reads: ["master_weights.rounding", "master_weights.dtype"],
      violation: roundingNeedsBFloat16),
    RecipeRule(reads: ["optimizer.eps", "optimizer.type"], violation: epsilonIsForAdamW),
  ]

  private static func epsilonIsForAdamW(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let kind = recipe.training.optimizer.kind
    guard kind != .adamw, reader.isGiven("optimizer.eps") else { return nil }
    return RecipeViolation(
      message: "`optimizer.eps` is given with `optimizer.type: \(kind.rawValue)`",
      expected: "it with adamw only, which divides by it", mend: .remove("optimizer.eps"))
  }

  private static func activationsHaveEightBits(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let bits = (recipe.newModel?.bitLinear ?? recipe.conversion)?.activationBits, bits != 8 else { return nil }
    return RecipeViolation(
      message: "`bitlinear.activation_bits` is \(bits)", expected: "8, the only width the kernels have",
      mend: .set("bitlinear.activation_bits", "8"))
  }

  private static func roundingNeedsBFloat16(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let path = "master_weights.rounding"
    guard recipe.training.masterWeights.dataType == .float32, reader.isGiven(path) else { return nil }
    return RecipeViolation(
      message: "`master_weights.rounding` is \(recipe.training.masterWeights.rounding.rawValue)",
      expected: "no rounding with `master_weights.dtype: float32`, which keeps every update", mend: .remove(path))
  }
}
