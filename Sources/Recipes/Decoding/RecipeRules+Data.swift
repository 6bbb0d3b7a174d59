import Datasets

extension RecipeRules {
  private typealias Dataset = RecipeSchema.Dataset

  static let data: [RecipeRule] = [
    RecipeRule(reads: [Dataset.validation.path, Dataset.train.path], violation: rangesAreApart),
    RecipeRule(
      reads: [Dataset.train.path, RecipeSchema.maximumSequenceLength.path], violation: trainHoldsAWindow),
    RecipeRule(reads: [Dataset.validation.path], violation: validationHoldsATarget),
    RecipeRule(
      reads: [RecipeSchema.evaluateEverySteps.path, Dataset.validation.path], violation: evaluationHasData),
  ]

  /// Text that was trained on says nothing about new text.
  private static func rangesAreApart(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let corpus = recipe.corpus, let validation = corpus.validation, corpus.train.overlaps(validation)
    else { return nil }
    let train = corpus.train
    return RecipeViolation(
      message: "`dataset.validation` (\(validation)) overlaps `dataset.train` (\(train))",
      expected: "two ranges without a common byte",
      mend: train.upperBound.map { .set(Dataset.validation.path, YAMLText.quoted("\($0):")) })
  }

  private static func trainHoldsAWindow(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    // A window of n tokens has n inputs and n targets, shifted by one.
    let windowBytes = recipe.training.maximumSequenceLength + 1
    guard let count = recipe.corpus?.train.count, count < windowBytes else { return nil }
    return RecipeViolation(
      message: "`\(Dataset.train.path)` holds \(count) bytes",
      expected: "at least one window, `max_seq_len` + 1 = \(windowBytes) bytes")
  }

  /// Evaluation windows may be short, but not empty.
  private static func validationHoldsATarget(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.corpus?.validation?.count == 1 else { return nil }
    return RecipeViolation(
      message: "`\(Dataset.validation.path)` holds 1 byte", expected: "at least 2 bytes, one to predict the other from")
  }

  private static func evaluationHasData(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.evaluateEverySteps != nil else { return nil }
    switch recipe.dataset {
    case .corpus(let corpus) where corpus.validation == nil:
      return RecipeViolation(
        message: "`eval_every_n_steps` is given without `dataset.validation`",
        expected: "a range of bytes to evaluate on", mend: .remove(RecipeSchema.evaluateEverySteps.path))
    case .instructions(let data) where data.validationFraction == nil && data.validationPath == nil:
      return RecipeViolation(
        message: "`eval_every_n_steps` is given without `dataset.validation_fraction` or `dataset.validation_path`",
        expected: "examples to evaluate on", mend: .remove(RecipeSchema.evaluateEverySteps.path))
    default: return nil
    }
  }
}

extension ByteRange {
  /// nil when the end of the file decides.
  var count: Int? { upperBound.map { $0 - lowerBound } }

  func overlaps(_ other: ByteRange) -> Bool {
    lowerBound < other.upperBound ?? .max && other.lowerBound < upperBound ?? .max
  }
}
