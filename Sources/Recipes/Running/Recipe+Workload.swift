import Datasets
import FileFormats
import Foundation
import Training

extension Recipe {
  /// What the steps of the run consist of, for measurements; neither weights nor data are read.
  /// - Throws: what opening the model that the recipe starts from throws.
  public func workload() throws -> TrainingWorkload {
    switch (model, kind) {
    case (.configuration(let configuration), _):
      let isSized = tokenizer.path == nil
      return TrainingWorkload(
        model: isSized ? configuration : tokenizer.sized(configuration, for: try RecipeTokenizer(tokenizer).tokenizer),
        training: training)
    case (.checkpoint(let path), .pretrain):
      let stored = try StartingModelError.model(path).architecture
      return TrainingWorkload(model: stored.quantizing(as: conversion), training: training)
    case (.checkpoint, .sft), (.checkpoint, .dpo), (.checkpoint, .kto):
      let start = try FineTuningStart(self)
      var configuration = start.model.architecture.quantizing(as: conversion)
      configuration.vocabularySize += start.newRows
      return TrainingWorkload(
        model: configuration, training: training, lora: lora, frozenDataType: try start.frozenDataType,
        sequencesPerExample: kind == .sft ? 1 : 2)
    }
  }

  /// The limit of the run: that of the recipe, or the steps that its epochs take.
  /// - Throws: what opening the model and the examples throws.
  public func limit() throws -> TrainingLimit {
    guard let epochs, let instructions else { return training.limit }
    let (start, batchSize, seed) = (try FineTuningStart(self), training.batchSize, training.seed)
    let batches: any TrainingBatchSource =
      switch kind {
      case .dpo:
        PreferenceBatches(try start.pairs(instructions, .training), batchSize: batchSize, seed: seed, epochs: epochs)
      case .kto:
        UnpairedBatches(
          try start.labelledAnswers(instructions, .training), batchSize: batchSize, seed: seed, epochs: epochs)
      case .pretrain, .sft:
        try start.examples(instructions, .training)
          .trainingBatches(batchSize: batchSize, seed: seed, epochs: epochs, isPacked: instructions.isPacked)
      }
    return training.taking(microBatches: batches.batchCount).limit
  }
}

extension FineTuningStart {
  /// The format of the matrices in the checkpoint; float16 is widened.
  fileprivate var frozenDataType: MasterWeightsConfiguration.DataType {
    get throws {
      guard let matrix = model.architecture.parameters.first(where: { $0.projection != nil }) else { return .float32 }
      return try model.weights.withStored(matrix) { $0.encoding == .floats(.bfloat16) } ? .bfloat16 : .float32
    }
  }
}
