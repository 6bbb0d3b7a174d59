import Architectures
import Datasets
import Kernels
import Tokenization
import Training

/// Every key a recipe may hold.
package enum RecipeSchema {
  enum OptimizerType: String, CaseIterable, Sendable { case adamw }

  static let kind = RecipeKey<Recipe.Kind>.choice("recipe", example: .pretrain)
  static let outputDirectory = RecipeKey<String>.text(
    "output_dir", "the folder of the run", example: "checkpoints/my-run")
  static let seed = RecipeKey<UInt64>.integer("seed", in: 0...(.max), example: "1")

  static let maximumSequenceLength = RecipeKey<Int>.integer("max_seq_len", in: 1...1_048_576, example: "256")
  static let batchSize = RecipeKey<Int>.integer("batch_size", in: 1...65_536, example: "16")
  static let gradientAccumulationSteps = RecipeKey<Int>.integer(
    "gradient_accumulation_steps", in: 1...65_536, example: "1")
  static let maximumSteps = RecipeKey<Int>.integer("max_steps", in: 1...(.max), example: "1000")
  static let maximumEpochs = RecipeKey<Int>.integer("max_epochs", in: 1...1_000_000, example: "3")
  static let maximumMinutes = RecipeKey<Double>.positiveNumber("max_minutes", example: "10")
  static let computeDataType = RecipeKey<ComputeDataType>.choice("compute_dtype", example: .float32)
  static let checkpointsActivations = RecipeKey<Bool>.boolean("enable_activation_checkpointing", example: "true")
  static let clipGradientNorm = RecipeKey<Double>.positiveNumber("clip_grad_norm", example: "1.0")
  static let logEverySteps = RecipeKey<Int>.integer("log_every_n_steps", in: 1...(.max), example: "10")
  static let evaluateEverySteps = RecipeKey<Int>.integer("eval_every_n_steps", in: 1...(.max), example: "500")
  static let evaluationTokens = RecipeKey<Int>.integer("eval_tokens", in: 1...(.max), example: "200000")
  static let saveEverySteps = RecipeKey<Int>.integer("save_every_n_steps", in: 1...(.max), example: "1000")
  static let keepLast = RecipeKey<Int>.integer("keep_last", in: 1...(.max), example: "2")
  static let loadsBestAtEnd = RecipeKey<Bool>.boolean("load_best_at_end", example: "true")
  static let earlyStoppingPatience = RecipeKey<Int>.integer("early_stopping_patience", in: 1...(.max), example: "5")
  static let chatTemplate = RecipeKey<ChatTemplate>.choice("chat_template", example: .plain)

  enum Model {
    static let from = RecipeKey<String>.text("model.from", "a checkpoint folder", example: "checkpoints/my-run")
    static let hiddenSize = size("model.hidden_size", example: "256")
    static let hiddenLayerCount = RecipeKey<Int>.integer("model.num_hidden_layers", in: 1...4096, example: "6")
    static let attentionHeadCount = size("model.num_attention_heads", example: "4")
    static let keyValueHeadCount = size("model.num_key_value_heads", example: "4")
    static let intermediateSize = size("model.intermediate_size", example: "768")
    static let hiddenActivation = RecipeKey<Activation>.choice("model.hidden_act", example: .relu2)
    static let tieWordEmbeddings = RecipeKey<Bool>.boolean("model.tie_word_embeddings", example: "true")
    static let ropeTheta = RecipeKey<Double>.positiveNumber("model.rope_theta", example: "10000")
    static let rmsNormEpsilon = RecipeKey<Double>.positiveNumber("model.rms_norm_eps", example: "1.0e-5")
    static let maximumPositionEmbeddings = size("model.max_position_embeddings", example: "256")
    static let initializerRange = RecipeKey<Double>.positiveNumber("model.initializer_range", example: "0.02")

    private static func size(_ path: String, example: String) -> RecipeKey<Int> {
      .integer(path, in: 1...1_048_576, example: example)
    }
  }

  enum BitLinear {
    static let weightQuantization = RecipeKey<WeightQuantization>.choice("bitlinear.weight_quant", example: .absmean)
    static let activationBits = RecipeKey<Int>.integer("bitlinear.activation_bits", in: 1...32, example: "8")
    static let scaleDataType = RecipeKey<ScaleDataType>.choice("bitlinear.scale_dtype", example: .float16)
  }

  enum Tokenizer {
    static let kind = RecipeKey<TokenizerConfiguration.Kind>.choice("tokenizer.type", example: .byte)
    static let specialTokens = RecipeKey<[String]>.list(
      "tokenizer.special_tokens", "a list of different texts", example: "[\"<|end|>\"]",
      parseElement: \.text, formatElement: YAMLText.quoted
    ) { tokens in tokens.allSatisfy { !$0.isEmpty } && Set(tokens).count == tokens.count }
  }

  enum Dataset {
    static let path = RecipeKey<String>.text(
      "dataset.path", "a plain, .gz or .zip file", example: "data/enwik8")
    static let train = range("dataset.train", example: "\"0:90000000\"")
    static let validation = range("dataset.validation", example: "\"90000000:95000000\"")
    static let order = RecipeKey<CorpusConfiguration.WindowOrder>.choice("dataset.order", example: .random)

    static let format = RecipeKey<InstructionConfiguration.Format>.choice("dataset.format", example: .auto)
    static let validationPath = RecipeKey<String>.text(
      "dataset.validation_path", "a file of held-out examples", example: "data/heldout.jsonl")
    static let validationFraction = RecipeKey<Double>.number(
      "dataset.validation_fraction", "a number above 0 and below 1", example: "0.05"
    ) { $0 > 0 && $0 < 1 }
    static let overlong = RecipeKey<InstructionConfiguration.Overlong>.choice("dataset.overlong", example: .error)
    static let packed = RecipeKey<Bool>.boolean("dataset.packed", example: "true")
    static let trainsOnInput = RecipeKey<Bool>.boolean("dataset.train_on_input", example: "false")
    static let maximumSamples = RecipeKey<Int>.integer("dataset.max_samples", in: 1...(.max), example: "1000")

    private static func range(_ path: String, example: String) -> RecipeKey<ByteRange> {
      RecipeKey(
        path: path, expected: "a quoted range of bytes \"from:to\" with from < to, or \"from:\" to the end",
        example: example, parse: { $0.text.flatMap { ByteRange($0) } }, format: { YAMLText.quoted($0.description) })
    }
  }

  enum Optimizer {
    static let type = RecipeKey<OptimizerType>.choice("optimizer.type", example: .adamw)
    static let learningRate = RecipeKey<Double>.positiveNumber("optimizer.lr", example: "2.0e-3")
    static let betas = RecipeKey<[Double]>.list(
      "optimizer.betas", "a list of two numbers from 0 to below 1", example: "[0.9, 0.95]",
      parseElement: \.number, formatElement: YAMLText.number
    ) { $0.count == 2 && $0.allSatisfy { (0..<1).contains($0) } }
    static let epsilon = RecipeKey<Double>.positiveNumber("optimizer.eps", example: "1.0e-8")
    static let weightDecay = RecipeKey<Double>.nonNegativeNumber("optimizer.weight_decay", example: "0.1")
  }

  enum Schedule {
    static let shape = RecipeKey<ScheduleConfiguration.Shape>.choice("lr_scheduler.type", example: .twoStage)
    static let warmupSteps = RecipeKey<Int>.integer("lr_scheduler.num_warmup_steps", in: 0...(.max), example: "100")
    static let secondLearningRate = RecipeKey<Double>.positiveNumber("lr_scheduler.second_lr", example: "1.3e-3")
    static let finalLearningRate = RecipeKey<Double>.nonNegativeNumber("lr_scheduler.final_lr", example: "4.0e-5")
    static let decaySteps = RecipeKey<Int>.integer("lr_scheduler.num_decay_steps", in: 1...(.max), example: "200")
  }

  enum MasterWeights {
    static let dataType = RecipeKey<MasterWeightsConfiguration.DataType>.choice(
      "master_weights.dtype", example: .bfloat16)
    static let rounding = RecipeKey<MasterWeightsConfiguration.Rounding>.choice(
      "master_weights.rounding", example: .stochastic)
  }

  enum LoRA {
    static let rank = RecipeKey<Int>.integer("lora.rank", in: 1...4096, example: "16")
    static let alpha = RecipeKey<Double>.positiveNumber("lora.alpha", example: "32")
    static let dropout = RecipeKey<Double>.number(
      "lora.dropout", "a number from 0 to below 1", example: "0.05"
    ) { (0..<1).contains($0) }
    static let targets = RecipeKey<[LoRAConfiguration.Target]>.loraTargets("lora.target_modules")
    static let usesRankStabilization = RecipeKey<Bool>.boolean("lora.use_rslora", example: "false")
    static let placement = RecipeKey<LoRAConfiguration.Placement>.choice("lora.placement", example: .beside)
  }

  enum Loss {
    static let type = RecipeKey<RecipeLossType>.choice("loss.type", example: .sigmoid)
    static let reduction = RecipeKey<LossReduction>.choice("loss.reduction", example: .mean)
    static let beta = RecipeKey<Double>.positiveNumber("loss.beta", example: "0.1")
    static let labelSmoothing = RecipeKey<Double>.number(
      "loss.label_smoothing", "a number from 0 to below 0.5", example: "0.1"
    ) { (0..<0.5).contains($0) }
    static let supervisedWeight = RecipeKey<Double>.nonNegativeNumber("loss.sft_weight", example: "0.1")
  }

  /// Keys that hold a mapping.
  package static let groups = [
    "model", "bitlinear", "tokenizer", "dataset", "lora", "loss", "optimizer", "lr_scheduler", "master_weights",
  ]

  /// The paths of all other keys.
  package static let paths: [String] = [
    kind.path, outputDirectory.path, seed.path,
    Model.from.path, Model.hiddenSize.path, Model.hiddenLayerCount.path, Model.attentionHeadCount.path,
    Model.keyValueHeadCount.path, Model.intermediateSize.path, Model.hiddenActivation.path,
    Model.tieWordEmbeddings.path, Model.ropeTheta.path, Model.rmsNormEpsilon.path,
    Model.maximumPositionEmbeddings.path, Model.initializerRange.path,
    BitLinear.weightQuantization.path, BitLinear.activationBits.path, BitLinear.scaleDataType.path,
    Tokenizer.kind.path, Tokenizer.specialTokens.path,
    Dataset.path.path, Dataset.train.path, Dataset.validation.path, Dataset.order.path,
    Dataset.format.path, Dataset.validationPath.path, Dataset.validationFraction.path, Dataset.overlong.path,
    Dataset.packed.path, Dataset.trainsOnInput.path, Dataset.maximumSamples.path,
    chatTemplate.path,
    LoRA.rank.path, LoRA.alpha.path, LoRA.dropout.path, LoRA.targets.path, LoRA.usesRankStabilization.path,
    LoRA.placement.path,
    Loss.type.path, Loss.reduction.path, Loss.beta.path, Loss.labelSmoothing.path, Loss.supervisedWeight.path,
    maximumSequenceLength.path, batchSize.path, gradientAccumulationSteps.path, maximumSteps.path,
    maximumMinutes.path, maximumEpochs.path,
    Optimizer.type.path, Optimizer.learningRate.path, Optimizer.betas.path, Optimizer.epsilon.path,
    Optimizer.weightDecay.path,
    Schedule.shape.path, Schedule.warmupSteps.path, Schedule.secondLearningRate.path,
    Schedule.finalLearningRate.path, Schedule.decaySteps.path,
    MasterWeights.dataType.path, MasterWeights.rounding.path,
    computeDataType.path, checkpointsActivations.path, clipGradientNorm.path, logEverySteps.path,
    evaluateEverySteps.path,
    evaluationTokens.path, saveEverySteps.path, keepLast.path, loadsBestAtEnd.path, earlyStoppingPatience.path,
  ]
}
