import Datasets
import Tokenization

extension RecipeSchema {
  /// What tokens are and what is read.
  static let data: [RecipeEntry] = [
    RecipeEntry(
      .choice("tokenizer.type", among: [.byte], example: .byte), \.tokenizer.kind, kinds: [.pretrain],
      writtenWhen: \.hasByteTokenizer),
    RecipeEntry(
      .list(
        "tokenizer.special_tokens", "a list of different texts", example: "[\"<|end|>\"]",
        parseElement: \.text, formatElement: YAMLText.quoted,
        where: { tokens in tokens.allSatisfy { !$0.isEmpty } && Set(tokens).count == tokens.count }),
      \.tokenizer.specialTokens, kinds: [.pretrain], writtenWhen: \.hasByteTokenizer, aliases: ["special_tokens"]),
    RecipeEntry(
      .path("tokenizer.path", "a tokenizer.json, a folder or a file of a model, or a rank file", example: "models/x"),
      \.tokenizer.path, kinds: [.pretrain]),
    RecipeEntry(
      .sources("dataset.path"), \.sources, required: .always,
      aliases: ["dataset_path", "data_path", "train_file"]),
    RecipeEntry(.byteRange("dataset.train", example: "\"0:90000000\""), \.corpus.train, kinds: [.pretrain]),
    RecipeEntry(
      .byteRange("dataset.validation", example: "\"90000000:95000000\""), \.corpus.validation, kinds: [.pretrain],
      writesNull: true, aliases: ["validation_file", "eval"]),
    RecipeEntry(.choice("dataset.order", example: .random), \.corpus.order, kinds: [.pretrain]),
    RecipeEntry(
      .boolean("dataset.force", example: "true"), \.corpus.isForced, kinds: [.pretrain],
      writtenWhen: { $0.corpus.isForced }),
    RecipeEntry(.choice("dataset.format", example: .auto), \.instructions.format, kinds: Recipe.Kind.fineTuning),
    RecipeEntry(
      .columns("dataset.columns"), \.instructions.columns, kinds: Recipe.Kind.fineTuning,
      writtenWhen: { !$0.instructions.columns.paths.isEmpty },
      aliases: ["column_map", "field_map", "column_mapping", "columns_map"]),
    RecipeEntry(
      .path("dataset.validation_path", "a file of held-out examples", example: "data/heldout.jsonl"),
      \.instructions.validationPath, kinds: Recipe.Kind.fineTuning),
    RecipeEntry(
      .number(
        "dataset.validation_fraction", "a number above 0 and below 1", example: "0.05",
        where: { $0 > 0 && $0 < 1 }),
      \.instructions.validationFraction, kinds: Recipe.Kind.fineTuning, aliases: ["val_set_size", "test_split_ratio"]),
    RecipeEntry(
      .choice("dataset.overlong", example: .error), \.instructions.overlong, kinds: Recipe.Kind.fineTuning,
      aliases: ["excess_length_strategy"]),
    RecipeEntry(
      .boolean("dataset.packed", example: "true"), \.instructions.isPacked, kinds: [.sft],
      aliases: ["sample_packing", "packing"]),
    RecipeEntry(
      .boolean("dataset.train_on_input", example: "false"), \.instructions.trainsOnInput, kinds: [.sft],
      aliases: ["train_on_inputs"]),
    RecipeEntry(
      .choice("dataset.train_on", example: .all), \.instructions.trainedAnswers, kinds: [.sft],
      aliases: ["mask_history", "train_on_last"]),
    RecipeEntry(
      .choice("dataset.reasoning", example: .template), \.instructions.reasoning, kinds: Recipe.Kind.fineTuning,
      writtenWhen: { $0.instructions.reasoning != .template }),
    RecipeEntry(
      .integer("dataset.max_samples", in: 1...(.max), example: "1000"), \.instructions.maximumSamples,
      kinds: Recipe.Kind.fineTuning, writesNull: true, aliases: ["max_train_samples"]),
    RecipeEntry(
      .templateVariables("dataset.template_variables"), \.instructions.templateVariables, kinds: Recipe.Kind.fineTuning,
      writtenWhen: { !$0.instructions.templateVariables.isEmpty },
      aliases: ["chat_template_kwargs", "template_kwargs", "chat_template_args"]),
    RecipeEntry(.chatTemplate("chat_template"), \.chatTemplate, kinds: Recipe.Kind.fineTuning, aliases: ["template"]),
  ]
}
