import Datasets
import ModelFormats
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
    writer.group("tokenizer") {
      $0.line(RecipeSchema.Tokenizer.kind, tokenizer.kind)
      $0.line(RecipeSchema.Tokenizer.specialTokens, tokenizer.specialTokens)
    }
    write(dataset, to: &writer)
    write(training, to: &writer)
    return writer.text
  }

  private func write(_ model: ModelSource, to writer: inout YAMLWriter) {
    switch model {
    case .checkpoint(let path):
      writer.group("model") { $0.line(RecipeSchema.Model.from, path) }
    case .configuration(let configuration):
      write(configuration, to: &writer)
    }
  }

  private func write(_ model: ModelConfiguration, to writer: inout YAMLWriter) {
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
    switch training.limit {
    case .steps(let steps): writer.line(RecipeSchema.maximumSteps, steps)
    case .minutes(let minutes): writer.line(RecipeSchema.maximumMinutes, minutes)
    }
    write(training.optimizer, training.schedule, training.masterWeights, to: &writer)
    writer.line(RecipeSchema.computeDataType, training.computeDataType)
    writer.line(RecipeSchema.checkpointsActivations, training.checkpointsActivations)
    writer.lineOrNull(RecipeSchema.clipGradientNorm, training.clipGradientNorm)
    writer.line(RecipeSchema.logEverySteps, training.logEverySteps)
    writer.lineOrNull(RecipeSchema.evaluateEverySteps, training.evaluateEverySteps)
    writer.line(RecipeSchema.evaluationTokens, training.evaluationTokens)
    writer.lineOrNull(RecipeSchema.saveEverySteps, training.saveEverySteps)
    writer.line(RecipeSchema.keepLast, training.keepLast)
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
