import Datasets
import Foundation
import ModelFormats
import Models
import Recipes
import Training

/// What a merge is measured on: a text, or the examples of the adapter's run.
struct MergeProbe {
  /// For the report.
  let name: String
  private let batches: [TrainingBatch]

  init(_ opened: OpenedModel, data: String?) throws {
    if data == nil, let (examples, name) = try Self.examples(opened) {
      self.name = name
      batches = examples
    } else {
      let export = try ExportModel(opened)
      name = data ?? "a built-in text"
      batches = try export.probe(data: data, maxTokens: 20_000).map { window in
        var batch = TrainingBatch(batchSize: 1, sequenceLength: window.inputs.count)
        batch.inputs = window.inputs
        batch.targets = window.targets
        return batch
      }
    }
  }

  /// The held-out examples of the run that the adapter lies in, up to 200; its training examples if it holds none out.
  private static func examples(_ opened: OpenedModel) throws -> (batches: [TrainingBatch], name: String)? {
    let run = opened.url.standardizedFileURL.deletingLastPathComponent()
    let path = run.appendingPathComponent("recipe.yaml").path
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let recipe = try Recipe(yaml: RecipeCatalog.read(path), file: path)
    guard recipe.kind == .sft, let data = recipe.instructions, FileManager.default.fileExists(atPath: data.path),
      case .known(let template)? = try opened.chatTemplate()
    else { return nil }
    let dataset = try InstructionDataset(
      data, tokenizer: opened.tokenizer(), template: template,
      maximumSequenceLength: recipe.training.maximumSequenceLength, seed: recipe.training.seed,
      part: data.holdsOut ? .validation : .training)
    let batches = dataset.evaluationBatches(batchSize: 1)
    let examples = try (0..<min(200, dataset.count)).map { number in
      var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
      _ = try batches.fill(&batch, number: number)
      return batch
    }
    return (examples, "\(examples.count) \(data.holdsOut ? "held-out" : "training") examples of \(dataset.path)")
  }

  /// The loss of a model, and its logits on the first batch.
  func measure(_ model: BitNetForCausalLM) throws -> (loss: LossSum, logits: [Float]) {
    let loss = try ExampleEvaluator(FixedBatches(batches: batches))(model)
    guard let first = batches.first else { return (loss, []) }
    return (loss, model.logitScalars(first))
  }

  private struct FixedBatches: TrainingBatchSource {
    let batches: [TrainingBatch]
    var batchCount: Int? { batches.count }

    func fill(_ batch: inout TrainingBatch, number: Int) -> Bool {
      guard number < batches.count else { return false }
      batch = batches[number]
      return true
    }
  }
}
