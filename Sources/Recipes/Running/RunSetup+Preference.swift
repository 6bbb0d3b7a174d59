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
        loss: PairwiseLoss(loss, reference: try reference(loss, tuned, heldOut, batchSize: batchSize, report)))
    }
    var setup = RunSetup(
      model: model, training: recipe.training.taking(microBatches: batches.batchCount),
      objective: BatchObjective(
        model, batches: batches,
        loss: PairwiseLoss(loss, reference: try reference(loss, tuned, pairs, batchSize: batchSize, report))),
      evaluate: evaluation.map { evaluation in { try evaluation.evaluate() } },
      modelFiles: try tuned.checkpointFiles(),
      dataFacts: ["fingerprint": pairs.fingerprint, "validation": heldOut?.fingerprint ?? "none"]
        .merging(data.templateFacts) { $1 })
    try setup.add(tuned, recipe)
    setup.otherFacts["loss"] = loss.fact
    setup.summary += pairs.statistics.lines(pairs.path) + (heldOut.map { $0.statistics.lines($0.path) } ?? [])
    return setup
  }

  /// The model as it is before training is the reference; fresh adapters change nothing.
  /// - Returns: nil for a loss without a reference.
  private static func reference(
    _ loss: PreferenceLossConfiguration, _ tuned: FineTuningModel, _ pairs: PreferenceDataset, batchSize: Int,
    _ report: (String) -> Void
  ) throws -> ReferenceLogProbabilities? {
    guard loss.kind.hasReference else { return nil }
    let fingerprint = tuned.referenceFingerprint(of: [pairs.fingerprint])
    return try ReferenceCache.standard.value(fingerprint, count: pairs.count, notice: report) {
      report("computing the reference log-probabilities of \(pairs.count) pairs")
      return try ReferenceLogProbabilities(tuned.model, pairs, batchSize: batchSize)
    }
  }
}

extension FineTuningModel {
  /// Of what log-probabilities under the model as it is before training depend on.
  func referenceFingerprint(of data: [String]) -> String {
    // Where the bits are those of a kernel path, a resumed run must see the same.
    let dataType = model.namedParameters.first?.parameter.value.dataType
    let facts = [fingerprint, "\(String(describing: dataType))"] + data + [KernelPath.current.rawValue]
    return SHA256.hexadecimal(of: facts.joined(separator: "\n"))
  }
}

extension PreferenceLossConfiguration {
  /// For a run that is resumed.
  fileprivate var fact: String {
    var text = "\(kind.rawValue), beta \(beta), smoothing \(labelSmoothing), sft \(supervisedWeight)"
    if kind.takes(.gamma) { text += ", gamma \(gamma)" }
    if kind.takes(.likelihoodWeight) { text += ", cpo_alpha \(likelihoodWeight)" }
    return text
  }
}
