import Datasets
import Foundation
import Layers
import Training

extension RunSetup {
  static func supervised(
    _ recipe: Recipe, _ data: InstructionConfiguration, _ tuned: FineTuningModel, _ reduction: LossReduction
  ) throws -> RunSetup {
    let (examples, model) = (try tuned.start.examples(data, .training), tuned.model)
    let batchSize = recipe.training.batchSize
    let batches = examples.trainingBatches(
      batchSize: batchSize, seed: recipe.training.seed, epochs: recipe.epochs, isPacked: data.isPacked)
    let heldOut = try data.holdsOut ? tuned.start.examples(data, .validation) : nil
    let evaluator = heldOut.map { Evaluator($0.evaluationBatches(batchSize: batchSize)) }
    var setup = RunSetup(
      model: model, training: recipe.training.taking(microBatches: batches.batchCount),
      objective: BatchObjective(model, batches: batches, loss: LikelihoodLoss(reduction)),
      evaluate: evaluator.map { evaluator in { try evaluator(model) } },
      modelFiles: try tuned.checkpointFiles(),
      dataFacts: [
        "fingerprint": examples.fingerprint, "validation": heldOut?.fingerprint ?? "none", "packed": "\(data.isPacked)",
      ].merging(data.templateFacts) { $1 })
    try setup.add(tuned, recipe)
    setup.otherFacts["loss.reduction"] = reduction.rawValue
    setup.summary += examples.statistics.lines(examples.path) + (heldOut.map { $0.statistics.lines($0.path) } ?? [])
    return setup
  }

  mutating func add(_ tuned: FineTuningModel, _ recipe: Recipe) throws {
    samples = try SampleTexts(
      recipe.samples, model, tuned.tokenizer, template: tuned.template, seed: recipe.training.seed)
    contents = recipe.lora == nil ? .model : .adapter
    otherFacts = tuned.facts
    summary = tuned.summary
    prepare = tuned.saveBase
  }
}

extension InstructionConfiguration {
  /// None for a run that gives its template no variables, as runs before there were any.
  var templateFacts: [String: String] {
    templateVariables.isEmpty ? [:] : ["template_variables": YAMLText.mapping(templateVariables)]
  }
}

extension InstructionStatistics {
  /// What a user should know of a file before training on it.
  func lines(_ path: String) -> [String] {
    var lines = ["\(path): \(examples) examples of \(rows) rows, \(trainedTokens) of \(tokens) tokens are trained"]
    if overlongRows > 0 {
      lines.append(
        "\(path): \(overlongRows) rows are too long: \(truncatedRows) truncated, \(droppedRows) dropped, \(splitRows) "
          + "split; \(lostTokens) tokens lost, of them \(lostTrainedTokens) trained")
    }
    if isLimited { lines.append("\(path): rows after dataset.max_samples are not used") }
    if !ignoredKeys.isEmpty {
      let keys = ignoredKeys.map { "\($0) (\(ignoredKeyCounts[$0] ?? 0))" }
      lines.append("\(path): keys not used: \(keys.joined(separator: ", "))")
    }
    return lines
  }
}
