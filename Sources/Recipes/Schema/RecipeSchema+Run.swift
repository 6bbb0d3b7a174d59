import Training

extension RecipeSchema {
  /// What a run is called and where it goes.
  static let run: [RecipeEntry] = [
    RecipeEntry(.choice("recipe", example: .pretrain), \.kind, required: .always, aliases: ["task", "type"]),
    RecipeEntry(
      .path("output_dir", "the folder of the run", example: "checkpoints/my-run"), \.outputDirectory,
      required: .always, aliases: ["out_dir", "output", "save_dir", "adapter_path"]),
    RecipeEntry(.integer("seed", in: 0...(.max), example: "1"), \.training.seed, aliases: ["random_seed"]),
  ]

  /// How long it trains and what it does on the way.
  static let training: [RecipeEntry] = [
    RecipeEntry(
      .integer("max_seq_len", in: 1...1_048_576, example: "256"), \.training.maximumSequenceLength,
      aliases: [
        "block_size", "seq_len", "sequence_length", "sequence_len", "seq_length", "max_length", "max_seq_length",
        "context_length", "n_ctx",
      ]),
    RecipeEntry(
      .integer("batch_size", in: 1...65_536, example: "16"), \.training.batchSize,
      aliases: ["micro_batch_size", "per_device_train_batch_size", "train_batch_size"]),
    RecipeEntry(
      .integer("gradient_accumulation_steps", in: 1...65_536, example: "1"), \.training.gradientAccumulationSteps,
      aliases: [
        "grad_accum", "grad_accumulation_steps", "grad_accum_steps", "accumulate_grad_batches",
        "gradient_accumulation",
      ]),
    RecipeEntry(
      .integer("max_steps", in: 1...(.max), example: "1000"), \.steps,
      required: .when(because: "or `max_minutes`") { !$0.hasLimit },
      aliases: ["max_iters", "iters", "num_steps", "steps", "max_steps_per_epoch", "total_steps"]),
    RecipeEntry(.positiveNumber("max_minutes", example: "10"), \.minutes),
    RecipeEntry(
      .integer("max_epochs", in: 1...1_000_000, example: "3"), \.epochs, kinds: Recipe.Kind.fineTuning,
      aliases: ["num_train_epochs", "num_epochs", "epochs", "n_epochs"]),
  ]

  static let progress: [RecipeEntry] = [
    RecipeEntry(
      .choice("compute_dtype", example: .float32), \.training.computeDataType,
      aliases: ["dtype", "precision", "bf16"]),
    RecipeEntry(
      .boolean("enable_activation_checkpointing", example: "true"), \.training.checkpointsActivations,
      aliases: ["gradient_checkpointing", "activation_checkpointing"]),
    RecipeEntry(
      .positiveNumber("clip_grad_norm", example: "1.0"), \.training.clipGradientNorm, writesNull: true,
      aliases: ["grad_clip", "gradient_clip", "gradient_clipping", "gradient_clip_val", "max_grad_norm"]),
    RecipeEntry(
      .integer("log_every_n_steps", in: 1...(.max), example: "10"), \.training.logEverySteps,
      aliases: ["log_interval", "logging_steps", "log_every", "steps_per_report"]),
    RecipeEntry(
      .integer("eval_every_n_steps", in: 1...(.max), example: "500"), \.training.evaluateEverySteps, writesNull: true,
      aliases: ["eval_interval", "eval_steps", "eval_every", "steps_per_eval"]),
    RecipeEntry(
      .integer("eval_tokens", in: 1...(.max), example: "200000"), \.training.evaluationTokens, kinds: [.pretrain],
      aliases: ["eval_iters", "val_batches"]),
    RecipeEntry(
      .list(
        "samples.prompts", "a list of texts", example: "[\"The \"]", parseElement: \.text,
        formatElement: YAMLText.quoted, where: { prompts in prompts.allSatisfy { !$0.isEmpty } }),
      \.samples.prompts, writtenWhen: \.writesSamples),
    RecipeEntry(
      .integer("samples.max_new_tokens", in: 1...100_000, example: "64"), \.samples.tokens,
      writtenWhen: \.writesSamples),
    RecipeEntry(
      .nonNegativeNumber("samples.temperature", example: "0.8"), \.samples.temperature, writtenWhen: \.writesSamples),
    RecipeEntry(
      .boolean("tensorboard", example: "true"), \.writesTensorBoard, aliases: ["report_to", "log_to_tensorboard"]),
    RecipeEntry(
      .integer("save_every_n_steps", in: 1...(.max), example: "1000"), \.training.saveEverySteps, writesNull: true,
      aliases: ["save_steps", "save_every", "save_interval"]),
    RecipeEntry(
      .integer("keep_last", in: 1...(.max), example: "2"), \.training.keepLast,
      aliases: ["save_total_limit", "keep_last_n"]),
    RecipeEntry(
      .boolean("load_best_at_end", example: "true"), \.training.loadsBestAtEnd, aliases: ["load_best_model_at_end"]),
    RecipeEntry(
      .integer("early_stopping_patience", in: 1...(.max), example: "5"), \.training.earlyStoppingPatience,
      writesNull: true),
  ]
}
