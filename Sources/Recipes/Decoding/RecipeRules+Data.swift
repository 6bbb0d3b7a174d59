import Datasets

extension RecipeRules {
  static let data: [RecipeRule] = [
    RecipeRule(
      reads: ["tokenizer.path", "tokenizer.type", "tokenizer.special_tokens"], violation: fileBringsItsTokens),
    RecipeRule(reads: ["dataset.validation", "dataset.train"], violation: rangesAreApart),
    RecipeRule(
      reads: ["dataset.train", "max_seq_len"], violation: trainHoldsAWindow),
    RecipeRule(reads: ["dataset.validation"], violation: validationHoldsATarget),
    RecipeRule(reads: ["dataset.path", "dataset.order"], violation: severalTextsAreMixed),
    RecipeRule(
      reads: ["eval_every_n_steps", "dataset.validation"], violation: evaluationHasData),
  ]

  private static func fileBringsItsTokens(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let others = ["tokenizer.type", "tokenizer.special_tokens"].filter(reader.isGiven)
    guard recipe.tokenizer.path != nil, let first = others.first else { return nil }
    return RecipeViolation(
      message: "`tokenizer.path` is given together with \(others.map { "`\($0)`" }.joined(separator: " and "))",
      expected: "only `tokenizer.path`: a tokenizer file brings its own tokens", mend: .remove(first))
  }

  /// Text that was trained on says nothing about new text.
  private static func rangesAreApart(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let corpus = recipe.corpus, let validation = corpus.validation, corpus.train.overlaps(validation)
    else { return nil }
    let train = corpus.train
    return RecipeViolation(
      message: "`dataset.validation` (\(validation)) overlaps `dataset.train` (\(train))",
      expected: "two ranges without a common byte",
      mend: train.upperBound.map { .set("dataset.validation", YAMLText.quoted("\($0):")) })
  }

  private static func trainHoldsAWindow(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    // A window of n tokens has n inputs and n targets, shifted by one.
    let windowBytes = recipe.training.maximumSequenceLength + 1
    guard let count = recipe.corpus?.train.count, count < windowBytes else { return nil }
    return RecipeViolation(
      message: "`dataset.train` holds \(count) bytes",
      expected: "at least one window, `max_seq_len` + 1 = \(windowBytes) bytes")
  }

  /// Evaluation windows may be short, but not empty.
  private static func validationHoldsATarget(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.corpus?.validation?.count == 1 else { return nil }
    return RecipeViolation(
      message: "`dataset.validation` holds 1 byte", expected: "at least 2 bytes, one to predict the other from")
  }

  /// How many windows came from which text before would have to be remembered.
  private static func severalTextsAreMixed(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let corpus = recipe.corpus, corpus.sources.count > 1, corpus.order == .sequential else { return nil }
    return RecipeViolation(
      message: "`dataset.order` is sequential, and `dataset.path` has \(corpus.sources.count) files",
      expected: "one file, or windows drawn at random", mend: .set("dataset.order", "random"))
  }

  private static func evaluationHasData(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.evaluateEverySteps != nil else { return nil }
    if let corpus = recipe.corpus, corpus.validation == nil {
      return RecipeViolation(
        message: "`eval_every_n_steps` is given without `dataset.validation`",
        expected: "a range of bytes to evaluate on", mend: .remove("eval_every_n_steps"))
    }
    if let data = recipe.instructions, !data.holdsOut {
      return RecipeViolation(
        message: "`eval_every_n_steps` is given without `dataset.validation_fraction` or `dataset.validation_path`",
        expected: "examples to evaluate on", mend: .remove("eval_every_n_steps"))
    }
    return nil
  }
}

extension ByteRange {
  /// nil when the end of the file decides.
  var count: Int? { upperBound.map { $0 - lowerBound } }

  func overlaps(_ other: ByteRange) -> Bool {
    lowerBound < other.upperBound ?? .max && other.lowerBound < upperBound ?? .max
  }
}
