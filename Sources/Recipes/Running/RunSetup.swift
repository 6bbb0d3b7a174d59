import Datasets
import Foundation
import Models
import Training

/// What the kinds of runs differ in, put together from a recipe before anything is written.
struct RunSetup {
  let model: Decoder
  /// With epochs turned into steps.
  let training: TrainingConfiguration
  let objective: any Objective
  /// nil when nothing is held out.
  let evaluate: (() throws -> LossSum)?
  /// What the model writes at each evaluation.
  var samples: SampleTexts?
  var contents = CheckpointContents.model
  /// What belongs into a checkpoint besides the weights, by name.
  let modelFiles: [String: Data]
  /// What identifies the data, for a run that is resumed.
  let dataFacts: [String: String]
  /// What else must stay the same.
  var otherFacts: [String: String] = [:]
  /// What the run is about to do, a line each.
  var summary: [String] = []
  /// Writes what the checkpoints need beside them into the run folder.
  var prepare: (URL) throws -> Void = { _ in }

  /// - Parameter report: is told about work that takes long.
  init(_ recipe: Recipe, report: (String) -> Void) throws {
    switch recipe.task {
    case .pretrain(let corpus): self = try .pretraining(recipe, corpus, report: report)
    case .sft(let instructions, let reduction):
      self = try .supervised(recipe, instructions, FineTuningModel(recipe), reduction)
    case .dpo(let instructions, let loss):
      self = try .preference(recipe, instructions, FineTuningModel(recipe), loss, report: report)
    case .kto(let instructions, let loss):
      self = try .unpaired(recipe, instructions, FineTuningModel(recipe), loss, report: report)
    }
  }

  init(
    model: Decoder, training: TrainingConfiguration, objective: any Objective,
    evaluate: (() throws -> LossSum)?, modelFiles: [String: Data], dataFacts: [String: String]
  ) {
    self.model = model
    self.training = training
    self.objective = objective
    self.evaluate = evaluate
    self.modelFiles = modelFiles
    self.dataFacts = dataFacts
  }
}

extension TrainingConfiguration {
  /// With as many steps as a number of micro-batches takes; the same for a run without epochs.
  func taking(microBatches: Int?) -> TrainingConfiguration {
    guard let microBatches else { return self }
    var result = self
    result.limit = .steps((microBatches + gradientAccumulationSteps - 1) / gradientAccumulationSteps)
    return result
  }
}
