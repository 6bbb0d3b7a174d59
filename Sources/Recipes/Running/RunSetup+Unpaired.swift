import Datasets
import Foundation
import Training

extension RunSetup {
  static func unpaired(
    _ recipe: Recipe, _ data: InstructionConfiguration, _ tuned: FineTuningModel, _ loss: UnpairedLossConfiguration,
    report: (String) -> Void
  ) throws -> RunSetup {
    let (answers, model) = (try tuned.start.labelledAnswers(data, .training), tuned.model)
    let (batchSize, seed) = (recipe.training.batchSize, recipe.training.seed)
    let batches = UnpairedBatches(answers, batchSize: batchSize, seed: seed, epochs: recipe.epochs)
    let heldOut = try data.holdsOut ? tuned.start.labelledAnswers(data, .validation) : nil
    func objective(_ batches: UnpairedBatches, seed: UInt64) throws -> BatchObjective {
      let reference = try reference(tuned, batches, "seed \(seed), \(batchSize) at a time", report)
      return BatchObjective(
        model, batches: batches, loss: UnpairedLoss(loss, labels: batches.dataset.labels, reference: reference))
    }
    let evaluation = try heldOut.map { try objective($0.evaluationBatches(batchSize: batchSize), seed: 0) }
    var setup = RunSetup(
      model: model, training: recipe.training.taking(microBatches: batches.batchCount),
      objective: try objective(batches, seed: seed),
      evaluate: evaluation.map { evaluation in { try evaluation.evaluate() } },
      modelFiles: try tuned.checkpointFiles(),
      dataFacts: ["fingerprint": answers.fingerprint, "validation": heldOut?.fingerprint ?? "none"]
        .merging(data.templateFacts) { $1 })
    try setup.add(tuned, recipe)
    setup.otherFacts["loss"] =
      "kto, beta \(loss.beta), desirable \(loss.desirableWeight), undesirable \(loss.undesirableWeight)"
    setup.summary += answers.statistics.lines(answers.path) + [loss.balance(of: answers.labels, answers.path)]
    setup.summary += heldOut.map { $0.statistics.lines($0.path) } ?? []
    return setup
  }

  private static func reference(
    _ tuned: FineTuningModel, _ batches: UnpairedBatches, _ composition: String, _ report: (String) -> Void
  ) throws -> UnpairedReference {
    let fingerprint = tuned.referenceFingerprint(of: [batches.dataset.fingerprint, composition])
    return try ReferenceCache.standard.value(fingerprint, count: batches.dataset.count, notice: report) {
      report(
        "computing the reference log-probabilities of \(batches.dataset.count) answers")
      return try UnpairedReference(tuned.model, batches)
    }
  }
}

extension UnpairedLossConfiguration {
  /// How many answers are good and bad, and which weights would be right for them: equation 8 of the paper.
  func balance(of labels: [Bool], _ path: String) -> String {
    let good = labels.count { $0 }
    let bad = labels.count - good
    let line = "\(path): \(good) good and \(bad) bad answers"
    guard good > 0, bad > 0 else { return line + "; KTO learns most from both" }
    let ratio = desirableWeight * Double(good) / (undesirableWeight * Double(bad))
    // 4/3 is as far as the paper goes.
    guard !(1...1.34).contains(ratio) else { return line }
    func range(_ low: Double, _ high: Double) -> String { String(format: "%.2f to %.2f", low, high) }
    let desirable = undesirableWeight * Double(bad) / Double(good)
    let undesirable = desirableWeight * Double(good) / Double(bad)
    return line + "; balanced with loss.desirable_weight from \(range(desirable, desirable * 4 / 3)), or "
      + "loss.undesirable_weight from \(range(undesirable * 3 / 4, undesirable))"
  }
}
