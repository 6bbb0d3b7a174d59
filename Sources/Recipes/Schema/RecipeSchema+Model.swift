import Architectures
import Training
import Kernels

extension RecipeSchema {
  /// The shape of a new model, or the model to start from.
  static let model: [RecipeEntry] = [
    RecipeEntry(
      .path("model.from", "a model folder, a run folder or a GGUF file", example: "checkpoints/my-run"), \.from,
      required: .when { !$0.isNewModel }, aliases: ["model_name_or_path", "base_model", "init_from"]),
    RecipeEntry(
      .integer("model.hidden_size", in: 1...1_048_576, example: "256"), \.model.hiddenSize, when: \.isNewModel,
      required: .always, aliases: ["n_embd", "d_model", "dim", "embed_dim", "n_embed"]),
    RecipeEntry(
      .integer("model.num_hidden_layers", in: 1...4096, example: "6"), \.model.hiddenLayerCount, when: \.isNewModel,
      required: .always, aliases: ["n_layer", "n_layers", "num_layers", "depth"]),
    RecipeEntry(
      .integer("model.num_attention_heads", in: 1...1_048_576, example: "4"), \.model.attentionHeadCount,
      when: \.isNewModel, required: .always, aliases: ["n_head", "n_heads", "num_heads"]),
    RecipeEntry(
      .integer("model.num_key_value_heads", in: 1...1_048_576, example: "4"), \.model.keyValueHeadCount,
      when: \.isNewModel, default: { $0.model.attentionHeadCount },
      aliases: ["n_kv_heads", "n_kv_head", "num_kv_heads"]),
    RecipeEntry(.integer("model.head_dim", in: 2...65_536, example: "64"), \.headDimension, when: \.isNewModel),
    RecipeEntry(
      .integer("model.intermediate_size", in: 1...1_048_576, example: "768"), \.model.intermediateSize,
      when: \.isNewModel, required: .always, aliases: ["ffn_dim", "d_ff", "intermediate_dim", "ffn_hidden_size"]),
    RecipeEntry(
      .choice("model.hidden_act", example: .relu2), \.model.hiddenActivation, when: \.isNewModel,
      aliases: ["activation", "activation_function"]),
    RecipeEntry(.boolean("model.attention_bias", example: "false"), \.hasAttentionBias, when: \.isNewModel),
    RecipeEntry(.choice("model.sub_norms", example: .bitnet), \.model.subNorms, when: \.isNewModel),
    RecipeEntry(.boolean("model.qk_norm", example: "false"), \.model.normalizesHeads, when: \.isNewModel),
    RecipeEntry(
      .boolean("model.tie_word_embeddings", example: "true"), \.model.tieWordEmbeddings, when: \.isNewModel,
      aliases: ["tie_embeddings"]),
    RecipeEntry(
      .positiveNumber("model.rope_theta", example: "10000"), \.model.ropeTheta, when: \.isNewModel,
      aliases: ["rope_base"]),
    RecipeEntry(.ropeScaling("model.rope_scaling"), \.model.ropeScaling, when: \.isNewModel),
    RecipeEntry(
      .positiveNumber("model.rms_norm_eps", example: "1.0e-5"), \.model.rmsNormEpsilon, when: \.isNewModel,
      aliases: ["norm_eps", "layer_norm_eps"]),
    RecipeEntry(
      .integer("model.max_position_embeddings", in: 1...1_048_576, example: "256"), \.model.maximumPositionEmbeddings,
      when: \.isNewModel, default: { $0.training.maximumSequenceLength }, aliases: ["n_positions"]),
    RecipeEntry(
      .positiveNumber("model.initializer_range", example: "0.02"), \.model.initializerRange, when: \.isNewModel,
      aliases: ["init_std"]),
    RecipeEntry(
      .choice("bitlinear.weight_quant", example: .absmean), \.model.bitLinear.weightQuantization, when: \.hasNumerics,
      aliases: ["quantization", "weight_bits"]),
    RecipeEntry(
      .integer("bitlinear.activation_bits", in: 1...32, example: "8"), \.model.bitLinear.activationBits,
      when: \.hasNumerics, aliases: ["act_bits"]),
    RecipeEntry(
      .choice("bitlinear.scale_dtype", example: .float16), \.model.bitLinear.scaleDataType, when: \.hasNumerics),
    RecipeEntry(
      .integer("bitlinear.start_step", in: 0...(.max), example: "0"), \.training.quantizationWarmup.startStep,
      kinds: [.pretrain, .sft], writtenWhen: \.isGraduallyQuantized),
    RecipeEntry(
      .choice("bitlinear.warmup.type", example: .linear), \.training.quantizationWarmup.shape,
      kinds: [.pretrain, .sft],
      writtenWhen: \.isGraduallyQuantized, aliases: ["lambda_scheduler", "quantization_warmup"]),
    RecipeEntry(
      .integer("bitlinear.warmup.steps", in: 1...(.max), example: "1000"), \.training.quantizationWarmup.steps,
      kinds: [.pretrain, .sft], writtenWhen: { $0.training.quantizationWarmup.shape != .none },
      aliases: ["quantization_warmup_steps"]),
  ]
}

extension RecipeDraft {
  fileprivate var isGraduallyQuantized: Bool { training.quantizationWarmup.isGradual }
}
