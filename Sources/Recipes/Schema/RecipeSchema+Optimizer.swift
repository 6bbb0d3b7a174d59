import Training

extension RecipeSchema {
  /// How weights change, and how fast over time.
  static let optimizer: [RecipeEntry] = [
    RecipeEntry(.choice("optimizer.type", example: .adamw), \.training.optimizer.kind, aliases: ["optim"]),
    RecipeEntry(
      .positiveNumber("optimizer.lr", example: "2.0e-3"), \.training.optimizer.learningRate,
      required: .when { $0.kind != .pretrain }, aliases: ["learning_rate", "max_lr", "peak_lr"]),
    RecipeEntry(
      .list(
        "optimizer.betas", "a list of two numbers from 0 to below 1", example: "[0.9, 0.95]",
        parseElement: \.number, formatElement: YAMLText.number,
        where: { $0.count == 2 && $0.allSatisfy { (0..<1).contains($0) } }),
      \.training.optimizer.betas, aliases: ["adam_beta1", "adam_beta2", "beta1", "beta2"]),
    RecipeEntry(
      .positiveNumber("optimizer.eps", example: "1.0e-8"), \.training.optimizer.epsilon,
      writtenWhen: { $0.training.optimizer.kind == .adamw },
      aliases: ["adam_epsilon", "epsilon"]),
    RecipeEntry(
      .nonNegativeNumber("optimizer.weight_decay", example: "0.1"), \.training.optimizer.weightDecay,
      aliases: ["wd"]),
    RecipeEntry(
      .choice("lr_scheduler.type", example: .twoStage), \.training.schedule.shape,
      default: { $0.kind == .pretrain ? .twoStage : .cosine }, aliases: ["lr_scheduler_type"]),
    RecipeEntry(
      .integer("lr_scheduler.num_warmup_steps", in: 0...(.max), example: "100"), \.training.schedule.warmupSteps,
      aliases: ["warmup_steps", "warmup_iters", "warmup"]),
    RecipeEntry(.positiveNumber("lr_scheduler.second_lr", example: "1.3e-3"), \.training.schedule.secondLearningRate),
    RecipeEntry(
      .nonNegativeNumber("lr_scheduler.final_lr", example: "4.0e-5"), \.training.schedule.finalLearningRate,
      writtenWhen: { $0.training.schedule.shape != .constant }, aliases: ["min_lr", "lr_end", "end_lr"]),
    RecipeEntry(
      .integer("lr_scheduler.num_decay_steps", in: 1...(.max), example: "200"), \.training.schedule.decaySteps,
      aliases: ["decay_steps", "lr_decay_iters"]),
    RecipeEntry(
      .choice("master_weights.dtype", example: .bfloat16), \.training.masterWeights.dataType,
      default: { $0.hasLoRA ? .float32 : .bfloat16 }, aliases: ["master_dtype"]),
    RecipeEntry(
      .choice("master_weights.rounding", example: .stochastic), \.training.masterWeights.rounding,
      writtenWhen: { $0.training.masterWeights.dataType == .bfloat16 }, aliases: ["stochastic_rounding"]),
  ]
}

extension OptimizerConfiguration {
  fileprivate var betas: [Double] {
    get { [beta1, beta2] }
    set { (beta1, beta2) = (newValue[0], newValue[1]) }
  }
}
