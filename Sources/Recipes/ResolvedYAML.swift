import Architectures
import Datasets
import Training

extension Recipe {
  /// The recipe with every default spelled out: what a run stores beside its checkpoints.
  ///
  /// The same recipe always gives the same text, and the text reads back as an equal recipe. Keys that have no meaning
  /// beside the others (`second_lr` of a cosine schedule) are left out.
  public func resolvedYAML() -> String {
    var writer = YAMLWriter()
    writer.line(RecipeSchema.kind, kind)
    writer.line(RecipeSchema.outputDirectory, outputDirectory)
    writer.line(RecipeSchema.seed, training.seed)
    write(model, to: &writer)
    switch dataset {
    case .corpus(let corpus):
      writer.group("tokenizer") {
        $0.line(RecipeSchema.Tokenizer.kind, tokenizer.kind)
        $0.line(RecipeSchema.Tokenizer.specialTokens, tokenizer.specialTokens)
      }
      write(corpus, to: &writer)
    case .instructions(let instructions):
      write(instructions, to: &writer)
      if let chatTemplate { writer.line(RecipeSchema.chatTemplate, chatTemplate) }
      if let lora { write(lora, to: &writer) }
      write(loss, to: &writer)
    }
    write(training, to: &writer)
    return writer.text
  }

  private func write(_ dataset: InstructionConfiguration, to writer: inout YAMLWriter) {
    writer.group("dataset") {
      $0.line(RecipeSchema.Dataset.path, dataset.path)
      $0.line(RecipeSchema.Dataset.format, dataset.format)
      if let path = dataset.validationPath { $0.line(RecipeSchema.Dataset.validationPath, path) }
      if let fraction = dataset.validationFraction { $0.line(RecipeSchema.Dataset.validationFraction, fraction) }
      $0.line(RecipeSchema.Dataset.overlong, dataset.overlong)
      if kind == .sft {
        $0.line(RecipeSchema.Dataset.packed, dataset.isPacked)
        $0.line(RecipeSchema.Dataset.trainsOnInput, dataset.trainsOnInput)
      }
      $0.lineOrNull(RecipeSchema.Dataset.maximumSamples, dataset.maximumSamples)
    }
  }

  private func write(_ lora: LoRAConfiguration, to writer: inout YAMLWriter) {
    writer.group("lora") {
      $0.line(RecipeSchema.LoRA.rank, lora.rank)
      $0.line(RecipeSchema.LoRA.alpha, lora.alpha)
      $0.line(RecipeSchema.LoRA.dropout, lora.dropout)
      $0.line(RecipeSchema.LoRA.targets, lora.targets)
      $0.line(RecipeSchema.LoRA.usesRankStabilization, lora.usesRankStabilization)
      $0.line(RecipeSchema.LoRA.placement, lora.placement)
    }
  }

  private func write(_ loss: LossConfiguration, to writer: inout YAMLWriter) {
    writer.group("loss") {
      switch loss {
      case .likelihood(let reduction):
        $0.line(RecipeSchema.Loss.type, .likelihood)
        $0.line(RecipeSchema.Loss.reduction, reduction)
      case .preference(let preference):
        $0.line(RecipeSchema.Loss.type, RecipeLossType(preference.kind))
        $0.line(RecipeSchema.Loss.beta, preference.beta)
        $0.line(RecipeSchema.Loss.labelSmoothing, preference.labelSmoothing)
        $0.line(RecipeSchema.Loss.supervisedWeight, preference.supervisedWeight)
      }
    }
  }

  private func write(_ model: ModelSource, to writer: inout YAMLWriter) {
    switch model {
    case .checkpoint(let path):
      writer.group("model") { $0.line(RecipeSchema.Model.from, path) }
    case .configuration(let configuration):
      write(configuration, to: &writer)
    }
  }

  private func write(_ model: Architecture, to writer: inout YAMLWriter) {
    writer.group("model") {
      $0.line(RecipeSchema.Model.hiddenSize, model.hiddenSize)
      $0.line(RecipeSchema.Model.hiddenLayerCount, model.hiddenLayerCount)
      $0.line(RecipeSchema.Model.attentionHeadCount, model.attentionHeadCount)
      $0.line(RecipeSchema.Model.keyValueHeadCount, model.keyValueHeadCount)
      $0.line(RecipeSchema.Model.intermediateSize, model.intermediateSize)
      $0.line(RecipeSchema.Model.hiddenActivation, model.hiddenActivation)
      $0.line(RecipeSchema.Model.tieWordEmbeddings, model.tieWordEmbeddings)
      $0.line(RecipeSchema.Model.ropeTheta, model.ropeTheta)
      $0.line(RecipeSchema.Model.rmsNormEpsilon, model.rmsNormEpsilon)
      $0.line(RecipeSchema.Model.maximumPositionEmbeddings, model.maximumPositionEmbeddings)
      $0.line(RecipeSchema.Model.initializerRange, model.initializerRange)
    }
    writer.group("bitlinear") {
      $0.line(RecipeSchema.BitLinear.weightQuantization, model.bitLinear.weightQuantization)
      $0.line(RecipeSchema.BitLinear.activationBits, model.bitLinear.activationBits)
      $0.line(RecipeSchema.BitLinear.scaleDataType, model.bitLinear.scaleDataType)
    }
  }

  private func write(_ dataset: CorpusConfiguration, to writer: inout YAMLWriter) {
    writer.group("dataset") {
      $0.line(RecipeSchema.Dataset.path, dataset.path)
      $0.line(RecipeSchema.Dataset.train, dataset.train)
      $0.lineOrNull(RecipeSchema.Dataset.validation, dataset.validation)
      $0.line(RecipeSchema.Dataset.order, dataset.order)
    }
  }

  private func write(_ training: TrainingConfiguration, to writer: inout YAMLWriter) {
    writer.line(RecipeSchema.maximumSequenceLength, training.maximumSequenceLength)
    writer.line(RecipeSchema.batchSize, training.batchSize)
    writer.line(RecipeSchema.gradientAccumulationSteps, training.gradientAccumulationSteps)
    switch (epochs, training.limit) {
    case (let epochs?, _): writer.line(RecipeSchema.maximumEpochs, epochs)
    case (nil, .steps(let steps)): writer.line(RecipeSchema.maximumSteps, steps)
    case (nil, .minutes(let minutes)): writer.line(RecipeSchema.maximumMinutes, minutes)
    }
    write(training.optimizer, training.schedule, training.masterWeights, to: &writer)
    writer.line(RecipeSchema.computeDataType, training.computeDataType)
    writer.line(RecipeSchema.checkpointsActivations, training.checkpointsActivations)
    writer.lineOrNull(RecipeSchema.clipGradientNorm, training.clipGradientNorm)
    writer.line(RecipeSchema.logEverySteps, training.logEverySteps)
    writer.lineOrNull(RecipeSchema.evaluateEverySteps, training.evaluateEverySteps)
    if kind == .pretrain { writer.line(RecipeSchema.evaluationTokens, training.evaluationTokens) }
    writer.lineOrNull(RecipeSchema.saveEverySteps, training.saveEverySteps)
    writer.line(RecipeSchema.keepLast, training.keepLast)
    writer.line(RecipeSchema.loadsBestAtEnd, training.loadsBestAtEnd)
    writer.lineOrNull(RecipeSchema.earlyStoppingPatience, training.earlyStoppingPatience)
  }

  private func write(
    _ optimizer: OptimizerConfiguration, _ schedule: ScheduleConfiguration, _ masters: MasterWeightsConfiguration,
    to writer: inout YAMLWriter
  ) {
    writer.group("optimizer") {
      $0.line(RecipeSchema.Optimizer.type, .adamw)
      $0.line(RecipeSchema.Optimizer.learningRate, optimizer.learningRate)
      $0.line(RecipeSchema.Optimizer.betas, [optimizer.beta1, optimizer.beta2])
      $0.line(RecipeSchema.Optimizer.epsilon, optimizer.epsilon)
      $0.line(RecipeSchema.Optimizer.weightDecay, optimizer.weightDecay)
    }
    writer.group("lr_scheduler") {
      $0.line(RecipeSchema.Schedule.shape, schedule.shape)
      $0.line(RecipeSchema.Schedule.warmupSteps, schedule.warmupSteps)
      if let rate = schedule.secondLearningRate { $0.line(RecipeSchema.Schedule.secondLearningRate, rate) }
      if schedule.shape != .constant {
        $0.line(RecipeSchema.Schedule.finalLearningRate, schedule.finalLearningRate)
      }
      if let steps = schedule.decaySteps { $0.line(RecipeSchema.Schedule.decaySteps, steps) }
    }
    writer.group("master_weights") {
      $0.line(RecipeSchema.MasterWeights.dataType, masters.dataType)
      if masters.dataType == .bfloat16 { $0.line(RecipeSchema.MasterWeights.rounding, masters.rounding) }
    }
  }
}

/// Writes `key: value` lines.
private struct YAMLWriter {
  private(set) var text = ""
  private var indentation = ""

  mutating func line<Value>(_ key: RecipeKey<Value>, _ value: Value) {
    write(key.path, key.format(value))
  }

  mutating func lineOrNull<Value>(_ key: RecipeKey<Value>, _ value: Value?) {
    write(key.path, value.map(key.format) ?? "null")
  }

  mutating func group(_ name: String, _ body: (inout YAMLWriter) -> Void) {
    text += "\(name):\n"
    indentation = "  "
    body(&self)
    indentation = ""
  }

  private mutating func write(_ path: String, _ value: String) {
    let name = path.split(separator: ".").last.map(String.init) ?? path
    text += "\(indentation)\(name): \(value)\n"
  }
}
