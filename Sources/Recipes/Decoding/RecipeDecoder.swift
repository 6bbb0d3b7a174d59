import Architectures
import Datasets
import Kernels
import Tokenization
import Training

/// From YAML text to a `Recipe`: parse, override, check the keys, read the values, check how they fit together.
struct RecipeDecoder {
  let file: String

  func decode(_ yaml: String, overrides texts: [String]) throws -> Recipe {
    var problems: [RecipeProblem] = []
    var structure = RecipeStructure(file: file)
    var root = try RecipeParser(file: file).parse(yaml)
    for (index, text) in texts.enumerated() {
      do {
        let change = try RecipeOverride(text, index: index, parser: RecipeParser(file: file))
        if structure.checkPath(of: change) { root.apply(change) }
      } catch let error as RecipeError {
        problems += error.problems
      }
    }
    structure.check(root)
    problems += structure.problems
    guard case .mapping = root.content else { throw RecipeError(problems) }

    var reader = RecipeReader(file: file, root: root)
    let recipe = read(from: &reader)
    RecipeRules.check(recipe, &reader)
    problems += reader.problems
    guard problems.isEmpty else { throw RecipeError(problems) }
    return recipe
  }

  private func read(from reader: inout RecipeReader) -> Recipe {
    let kind = reader.required(RecipeSchema.kind)
    let outputDirectory = reader.required(RecipeSchema.outputDirectory)
    let tokenizer = readTokenizer(from: &reader)
    let lora = readLoRA(from: &reader)
    let training = readTraining(kind, lora, from: &reader)
    return Recipe(
      kind: kind, outputDirectory: outputDirectory,
      model: readModel(kind, tokenizer, training, from: &reader), tokenizer: tokenizer,
      dataset: readData(kind, from: &reader), training: training,
      epochs: reader.optional(RecipeSchema.maximumEpochs), loss: readLoss(kind, from: &reader),
      chatTemplate: reader.optional(RecipeSchema.chatTemplate), lora: lora)
  }
}

// MARK: - Model, tokenizer, dataset

extension RecipeDecoder {
  private func readModel(
    _ kind: Recipe.Kind, _ tokenizer: TokenizerConfiguration, _ training: TrainingConfiguration,
    from reader: inout RecipeReader
  ) -> Recipe.ModelSource {
    typealias Keys = RecipeSchema.Model
    if kind != .pretrain || reader.isGiven(Keys.from.path) {
      return .checkpoint(path: reader.required(Keys.from))
    }
    let heads = reader.required(Keys.attentionHeadCount)
    var model = Architecture(
      vocabularySize: tokenizer.vocabularySize,
      hiddenSize: reader.required(Keys.hiddenSize),
      hiddenLayerCount: reader.required(Keys.hiddenLayerCount),
      attentionHeadCount: heads,
      keyValueHeadCount: reader.value(Keys.keyValueHeadCount, default: heads),
      intermediateSize: reader.required(Keys.intermediateSize))
    model.hiddenActivation = reader.value(Keys.hiddenActivation, default: model.hiddenActivation)
    model.tieWordEmbeddings = reader.value(Keys.tieWordEmbeddings, default: model.tieWordEmbeddings)
    model.ropeTheta = reader.value(Keys.ropeTheta, default: model.ropeTheta)
    model.rmsNormEpsilon = reader.value(Keys.rmsNormEpsilon, default: model.rmsNormEpsilon)
    model.maximumPositionEmbeddings = reader.value(
      Keys.maximumPositionEmbeddings, default: training.maximumSequenceLength)
    model.initializerRange = reader.value(Keys.initializerRange, default: model.initializerRange)
    model.bitLinear = readBitLinear(from: &reader)
    return .configuration(model)
  }

  private func readBitLinear(from reader: inout RecipeReader) -> BitLinearConfiguration {
    typealias Keys = RecipeSchema.BitLinear
    let standard = BitLinearConfiguration()
    return BitLinearConfiguration(
      weightQuantization: reader.value(Keys.weightQuantization, default: standard.weightQuantization),
      activationBits: reader.value(Keys.activationBits, default: standard.activationBits),
      scaleDataType: reader.value(Keys.scaleDataType, default: standard.scaleDataType))
  }

  private func readTokenizer(from reader: inout RecipeReader) -> TokenizerConfiguration {
    let standard = TokenizerConfiguration()
    return TokenizerConfiguration(
      kind: reader.value(RecipeSchema.Tokenizer.kind, default: standard.kind),
      specialTokens: reader.value(RecipeSchema.Tokenizer.specialTokens, default: standard.specialTokens))
  }

  private func readData(_ kind: Recipe.Kind, from reader: inout RecipeReader) -> Recipe.DataSource {
    kind == .pretrain ? .corpus(readCorpus(from: &reader)) : .instructions(readInstructions(from: &reader))
  }

  private func readCorpus(from reader: inout RecipeReader) -> CorpusConfiguration {
    typealias Keys = RecipeSchema.Dataset
    var dataset = CorpusConfiguration(path: reader.required(Keys.path))
    dataset.train = reader.value(Keys.train, default: dataset.train)
    dataset.validation = reader.optional(Keys.validation)
    dataset.order = reader.value(Keys.order, default: dataset.order)
    return dataset
  }
}

// MARK: - Training

extension RecipeDecoder {
  private func readTraining(
    _ kind: Recipe.Kind, _ lora: LoRAConfiguration?, from reader: inout RecipeReader
  ) -> TrainingConfiguration {
    typealias Keys = RecipeSchema
    var training = TrainingConfiguration()
    training.seed = reader.value(Keys.seed, default: training.seed)
    training.maximumSequenceLength = reader.value(Keys.maximumSequenceLength, default: training.maximumSequenceLength)
    training.batchSize = reader.value(Keys.batchSize, default: training.batchSize)
    training.gradientAccumulationSteps = reader.value(
      Keys.gradientAccumulationSteps, default: training.gradientAccumulationSteps)
    training.limit = readLimit(from: &reader)
    training.optimizer = readOptimizer(kind, from: &reader)
    training.schedule = readSchedule(kind, from: &reader)
    training.masterWeights = readMasterWeights(lora, from: &reader)
    training.computeDataType = reader.value(Keys.computeDataType, default: training.computeDataType)
    training.checkpointsActivations = reader.value(
      Keys.checkpointsActivations, default: training.checkpointsActivations)
    training.clipGradientNorm = readClipGradientNorm(default: training.clipGradientNorm, from: &reader)
    training.logEverySteps = reader.value(Keys.logEverySteps, default: training.logEverySteps)
    training.evaluateEverySteps = reader.optional(Keys.evaluateEverySteps)
    training.evaluationTokens = reader.value(Keys.evaluationTokens, default: training.evaluationTokens)
    training.saveEverySteps = reader.optional(Keys.saveEverySteps)
    training.keepLast = reader.value(Keys.keepLast, default: training.keepLast)
    training.loadsBestAtEnd = reader.value(Keys.loadsBestAtEnd, default: training.loadsBestAtEnd)
    training.earlyStoppingPatience = reader.optional(Keys.earlyStoppingPatience)
    return training
  }

  private func readLimit(from reader: inout RecipeReader) -> TrainingLimit {
    // Read all, so that a wrong value of one is reported even where another stands.
    let minutes = reader.optional(RecipeSchema.maximumMinutes)
    let steps = reader.optional(RecipeSchema.maximumSteps)
    if reader.isGiven(RecipeSchema.maximumSteps.path) { return .steps(steps ?? 1) }
    if reader.isGiven(RecipeSchema.maximumMinutes.path) { return .minutes(minutes ?? 1) }
    // Stands for the epochs until their number of steps is known.
    if reader.isGiven(RecipeSchema.maximumEpochs.path) { return .steps(.max) }
    return .steps(reader.required(RecipeSchema.maximumSteps, because: "or `max_minutes`"))
  }

  /// The one key whose null is a value of its own: no clipping.
  private func readClipGradientNorm(default fallback: Double?, from reader: inout RecipeReader) -> Double? {
    let key = RecipeSchema.clipGradientNorm
    return reader.node(at: key.path)?.isNull == true ? nil : reader.optional(key) ?? fallback
  }

  private func readOptimizer(_ kind: Recipe.Kind, from reader: inout RecipeReader) -> OptimizerConfiguration {
    typealias Keys = RecipeSchema.Optimizer
    let standard = OptimizerConfiguration()
    _ = reader.value(Keys.type, default: .adamw)
    let betas = reader.value(Keys.betas, default: [standard.beta1, standard.beta2])
    return OptimizerConfiguration(
      learningRate: kind == .pretrain
        ? reader.value(Keys.learningRate, default: standard.learningRate) : reader.required(Keys.learningRate),
      beta1: betas[0], beta2: betas[1],
      epsilon: reader.value(Keys.epsilon, default: standard.epsilon),
      weightDecay: reader.value(Keys.weightDecay, default: standard.weightDecay))
  }

  private func readSchedule(_ kind: Recipe.Kind, from reader: inout RecipeReader) -> ScheduleConfiguration {
    typealias Keys = RecipeSchema.Schedule
    let standard = ScheduleConfiguration()
    return ScheduleConfiguration(
      shape: reader.value(Keys.shape, default: kind == .pretrain ? standard.shape : .cosine),
      warmupSteps: reader.value(Keys.warmupSteps, default: standard.warmupSteps),
      secondLearningRate: reader.optional(Keys.secondLearningRate),
      finalLearningRate: reader.value(Keys.finalLearningRate, default: standard.finalLearningRate),
      decaySteps: reader.optional(Keys.decaySteps))
  }

  /// Adapters are small: they are kept in full precision unless the recipe says otherwise.
  private func readMasterWeights(
    _ lora: LoRAConfiguration?, from reader: inout RecipeReader
  ) -> MasterWeightsConfiguration {
    typealias Keys = RecipeSchema.MasterWeights
    let standard = MasterWeightsConfiguration(dataType: lora == nil ? .bfloat16 : .float32)
    return MasterWeightsConfiguration(
      dataType: reader.value(Keys.dataType, default: standard.dataType),
      rounding: reader.value(Keys.rounding, default: standard.rounding))
  }
}

extension TokenizerConfiguration {
  /// 256 bytes and the special tokens.
  var vocabularySize: Int { 256 + specialTokens.count }
}
