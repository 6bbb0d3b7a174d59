import Datasets
import FileFormats
import Kernels
import Layers
import Training

extension RunSetup {
  static func preference(
    _ recipe: Recipe, _ data: InstructionConfiguration, _ tuned: FineTuningModel, _ loss: PreferenceLossConfiguration,
    report: (String) -> Void
  ) throws -> RunSetup {
    let (pairs, model) = (try tuned.start.pairs(data, .training), tuned.model)
    let batchSize = recipe.training.batchSize
    let batches = PreferenceBatches(pairs, batchSize: batchSize, seed: recipe.training.seed, epochs: recipe.epochs)
    let heldOut = try data.holdsOut ? tuned.start.pairs(data, .validation) : nil
    let evaluation = try heldOut.map { heldOut in
      BatchObjective(
        model, batches: heldOut.evaluationBatches(batchSize: batchSize),
        loss: PairwiseLoss(loss, reference: try reference(tuned, heldOut, batchSize: batchSize, report)))
    }
    var setup = RunSetup(
      model: model, training: recipe.training.taking(microBatches: batches.batchCount),
      objective: BatchObjective(
        model, batches: batches,
        loss: PairwiseLoss(loss, reference: try reference(tuned, pairs, batchSize: batchSize, report))),
      evaluate: evaluation.map { evaluation in { try evaluation.evaluate() } },
      modelFiles: try tuned.checkpointFiles(),
      dataFacts: ["fingerprint": pairs.fingerprint, "validation": heldOut?.fingerprint ?? "none"]
        .merging(data.templateFacts) { $1 })
    try setup.add(tuned, recipe)
    setup.otherFacts["loss"] =
      "\(loss.kind.rawValue), beta \(loss.beta), smoothing \(loss.labelSmoothing), sft \(loss.supervisedWeight)"
    setup.summary += pairs.statistics.lines(pairs.path) + (heldOut.map { $0.statistics.lines($0.path) } ?? [])
    return setup
  }

  /// The model as it is before training is the reference; fresh adapters change nothing.
  private static func reference(
    _ tuned: FineTuningModel, _ pairs: PreferenceDataset, batchSize: Int, _ report: (String) -> Void
  ) throws -> ReferenceLogProbabilities {
    // Where the bits are those of a kernel path, a resumed run must see the same.
    let dataType = tuned.model.namedParameters.first?.parameter.value.dataType
    let facts = [tuned.fingerprint, "\(String(describing: dataType))", pairs.fingerprint, KernelPath.current.rawValue]
      .joined(separator: "\n")
    let fingerprint = SHA256.hexadecimal(of: facts)
    return try ReferenceCache.standard.value(fingerprint, count: pairs.count) {
      report("computing the reference log-probabilities of \(pairs.count) pairs; they are kept for the next run")
      return try ReferenceLogProbabilities(tuned.model, pairs, batchSize: batchSize)
    }
  }
}
