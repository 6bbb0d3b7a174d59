import Training

extension RecipeRules {
  static let schedule: [RecipeRule] = [
    RecipeRule(
      reads: ["max_minutes", "max_epochs", "max_steps"],
      violation: oneLimit),
    RecipeRule(
      reads: ["lr_scheduler.type", "lr_scheduler.second_lr", "optimizer.lr"],
      violation: twoStageHasASecondRate),
    RecipeRule(reads: ["lr_scheduler.second_lr", "lr_scheduler.type"], violation: secondRateIsForTwoStage),
    RecipeRule(
      reads: ["lr_scheduler.type", "lr_scheduler.num_decay_steps", "max_steps"], violation: wsdHasDecaySteps),
    RecipeRule(reads: ["lr_scheduler.num_decay_steps", "lr_scheduler.type"], violation: decayStepsAreForWSD),
    RecipeRule(reads: ["lr_scheduler.final_lr", "lr_scheduler.type"], violation: constantHasNoEnd),
    RecipeRule(
      reads: [
        "lr_scheduler.final_lr", "lr_scheduler.second_lr", "optimizer.lr",
      ], violation: rateFalls),
    RecipeRule(reads: ["lr_scheduler.num_warmup_steps", "max_steps"], violation: warmupEnds),
    RecipeRule(
      reads: ["lr_scheduler.num_decay_steps", "lr_scheduler.num_warmup_steps", "max_steps", "lr_scheduler.type"],
      violation: decayFits),
  ]

  private static func oneLimit(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let paths = ["max_steps", "max_minutes", "max_epochs"]
    let given = paths.filter(reader.isGiven)
    guard given.count > 1 else { return nil }
    let oldest = given.min { reader.position(of: $0) < reader.position(of: $1) } ?? given[0]
    let names = given.map { "`\($0)`" }.joined(separator: " and ")
    return RecipeViolation(
      message: "\(names) are \(given.count == 2 ? "both" : "all") given",
      expected: "one of the \(given.count == 2 ? "two" : "three")", mend: .remove(oldest))
  }

  private static func twoStageHasASecondRate(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.schedule.shape == .twoStage, recipe.training.schedule.secondLearningRate == nil
    else { return nil }
    let twoThirds = (recipe.training.optimizer.learningRate * 2e6 / 3).rounded() / 1e6
    return RecipeViolation(
      message: "`lr_scheduler.second_lr` is missing (`lr_scheduler.type` is two_stage)",
      expected: "the peak of the second line", mend: .set("lr_scheduler.second_lr", YAMLText.number(twoThirds)))
  }

  private static func secondRateIsForTwoStage(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let schedule = recipe.training.schedule
    guard schedule.secondLearningRate != nil, schedule.shape != .twoStage else { return nil }
    return RecipeViolation(
      message: "`lr_scheduler.second_lr` is given with `lr_scheduler.type: \(schedule.shape.rawValue)`",
      expected: "it with two_stage only", mend: .remove("lr_scheduler.second_lr"))
  }

  private static func wsdHasDecaySteps(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.schedule.shape == .wsd, recipe.training.schedule.decaySteps == nil else { return nil }
    let tenth = recipe.training.maximumSteps.map { max(1, $0 / 10) } ?? 100
    return RecipeViolation(
      message: "`lr_scheduler.num_decay_steps` is missing (`lr_scheduler.type` is wsd)",
      expected: "the length of the final fall", mend: .set("lr_scheduler.num_decay_steps", "\(tenth)"))
  }

  private static func decayStepsAreForWSD(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let schedule = recipe.training.schedule
    guard schedule.decaySteps != nil, schedule.shape != .wsd else { return nil }
    return RecipeViolation(
      message: "`lr_scheduler.num_decay_steps` is given with `lr_scheduler.type: \(schedule.shape.rawValue)`",
      expected: "it with wsd only", mend: .remove("lr_scheduler.num_decay_steps"))
  }

  private static func constantHasNoEnd(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard recipe.training.schedule.shape == .constant, reader.isGiven("lr_scheduler.final_lr") else { return nil }
    return RecipeViolation(
      message: "`lr_scheduler.final_lr` is given with `lr_scheduler.type: constant`",
      expected: "none: a constant rate never falls", mend: .remove("lr_scheduler.final_lr"))
  }

  private static func rateFalls(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let schedule = recipe.training.schedule
    let peak = min(recipe.training.optimizer.learningRate, schedule.secondLearningRate ?? .infinity)
    guard schedule.finalLearningRate > peak else { return nil }
    return RecipeViolation(
      message: "`lr_scheduler.final_lr` is \(YAMLText.number(schedule.finalLearningRate))",
      expected: "at most the peak rate (\(YAMLText.number(peak)))",
      mend: .set("lr_scheduler.final_lr", YAMLText.number(peak / 50)))
  }

  private static func warmupEnds(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let warmup = recipe.training.schedule.warmupSteps
    guard let steps = recipe.training.maximumSteps, warmup >= steps else { return nil }
    return RecipeViolation(
      message: "`lr_scheduler.num_warmup_steps` is \(warmup)", expected: "fewer than `max_steps` (\(steps))",
      mend: .set("lr_scheduler.num_warmup_steps", "\(steps / 10)"))
  }

  private static func decayFits(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let schedule = recipe.training.schedule
    guard schedule.shape == .wsd, let steps = recipe.training.maximumSteps, let decay = schedule.decaySteps,
      schedule.warmupSteps < steps, decay > steps - schedule.warmupSteps
    else { return nil }
    return RecipeViolation(
      message: "`lr_scheduler.num_decay_steps` is \(decay)",
      expected: "at most `max_steps` - `num_warmup_steps` (\(steps - schedule.warmupSteps))",
      mend: .set("lr_scheduler.num_decay_steps", "\(max(1, steps / 10))"))
  }
}

extension TrainingConfiguration {
  /// nil when wall time or epochs end the run.
  var maximumSteps: Int? {
    guard case .steps(let steps) = limit, steps < .max else { return nil }
    return steps
  }
}
