import Datasets

extension RecipeRules {
  private typealias Dataset = RecipeSchema.Dataset

  static let data: [RecipeRule] = [
    RecipeRule(reads: [Dataset.validation.path, Dataset.train.path], violation: rangesAreApart),
    RecipeRule(
      reads: [Dataset.train.path, RecipeSchema.maximumSequenceLength.path], violation: trainHoldsAWindow),
    RecipeRule(
      reads: [Dataset.validation.path, RecipeSchema.maximumSequenceLength.path], violation: validationHoldsAWindow),
    RecipeRule(
      reads: [RecipeSchema.evaluateEverySteps.path, Dataset.validation.path], violation: evaluationHasData),
  ]

  /// Text that was trained on says nothing about new text.
  private static func rangesAreApart(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let train = recipe.dataset.train
    guard let validation = recipe.dataset.validation, train.overlaps(validation) else { return nil }
    return RecipeViolation(
      message: "`dataset.validation` (\(validation)) overlaps `dataset.train` (\(train))",
      expected: "two ranges without a common byte",
      mend: train.upperBound.map { .set(Dataset.validation.path, YAMLText.quoted("\($0):")) })
  }

  private static func trainHoldsAWindow(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    tooShort(recipe.dataset.train, Dataset.train.path, recipe)
  }

  private static func validationHoldsAWindow(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    recipe.dataset.validation.flatMap { tooShort($0, Dataset.validation.path, recipe) }
  }

  private static func tooShort(_ range: ByteRange, _ path: String, _ recipe: Recipe) -> RecipeViolation? {
    // A window of n tokens has n inputs and n targets, shifted by one.
    let windowBytes = recipe.training.maximumSequenceLength + 1
    guard let end = range.upperBound, end - range.lowerBound < windowBytes else { return nil }
    return RecipeViolation(
      message: "`\(path)` holds \(end - range.lowerBound) bytes",
      expected: "at least one window, `max_seq_len` + 1 = \(windowBytes) bytes")
  }

  private static func evaluationHasData(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.evaluateEverySteps != nil, recipe.dataset.validation == nil else { return nil }
    return RecipeViolation(
      message: "`eval_every_n_steps` is given without `dataset.validation`",
      expected: "a range of bytes to evaluate on", mend: .remove(RecipeSchema.evaluateEverySteps.path))
  }
}

extension ByteRange {
  func overlaps(_ other: ByteRange) -> Bool {
    lowerBound < other.upperBound ?? .max && other.lowerBound < upperBound ?? .max
  }
}
