import Inference
import Datasets
import FileFormats
import Foundation
import Models
import Recipes
import Training

/// What a merge is measured on: a text, or the examples of the adapter's run.
package struct MergeProbe {
  /// For the report.
  package let name: String
  private let batches: [TrainingBatch]
  /// What the adapter's run taught to answer, where it did; a few of its questions.
  package let questions: [CheckedQuestion]

  /// - Parameter note: gets what a user should know of the choice.
  /// - Throws: `EvaluationUsageError`, `CorpusError` for a text that was named.
  package init(_ opened: OpenedModel, data: String?, note: @escaping (String) -> Void) throws {
    if data == nil, let examples = Self.examplesOrNote(opened, note) {
      (name, batches, questions) = (examples.name, examples.batches, examples.questions)
    } else {
      questions = []
      let export = try ExportModel(opened, note: note)
      name = data ?? "a built-in text"
      // Tokens of a vocabulary that is not known are no text.
      let byteCounts =
        (try? opened.tokenizer()).map { TokenByteCounts($0) }
        ?? .ofNoText(vocabularySize: opened.architecture.vocabularySize)
      batches = try export.probe(data: data, maxTokens: 20_000).map { window in
        var batch = TrainingBatch(batchSize: 1, sequenceLength: window.inputs.count)
        batch.inputs = window.inputs
        batch.targets = window.targets
        batch.tokenByteCounts = byteCounts
        return batch
      }
    }
  }

  /// An adapter can be merged where its data is not at hand.
  private static func examplesOrNote(
    _ opened: OpenedModel, _ note: (String) -> Void
  ) -> Examples? {
    do {
      return try examples(opened)
    } catch {
      note("\(error)\n  the examples of the run cannot be measured on")
      return nil
    }
  }

  /// The held-out examples of the run that the adapter lies in, up to 200; its training examples if it holds none out. Of
  /// preference pairs the chosen answers.
  private static func examples(_ opened: OpenedModel) throws -> Examples? {
    let run = opened.url.standardizedFileURL.deletingLastPathComponent()
    let path = run.appendingPathComponent("recipe.yaml").path
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let recipe = try Recipe(yaml: RecipeCatalog.read(path), file: path)
    guard let data = recipe.instructions, let template = try opened.chatTemplate() else { return nil }
    let tokenizer = try opened.tokenizer()
    let (length, seed) = (recipe.training.maximumSequenceLength, recipe.training.seed)
    let part: DatasetPart = data.holdsOut ? .validation : .training
    let (examples, file): ([TokenizedExample], String)
    var questions: [CheckedQuestion] = []
    switch recipe.kind {
    case .pretrain: return nil
    case .sft:
      let dataset = try InstructionDataset(
        data, tokenizer: tokenizer, template: template, maximumSequenceLength: length, seed: seed, part: part)
      (examples, file) = (try (0..<min(maximumCount, dataset.count)).map { try dataset[$0] }, dataset.path)
      questions = try CheckedQuestion.all(of: dataset, limit: questionCount)
    case .dpo:
      let dataset = try PreferenceDataset(
        data, tokenizer: tokenizer, template: template, maximumSequenceLength: length, seed: seed, part: part)
      (examples, file) = (try (0..<min(maximumCount, dataset.count)).map { try dataset[$0].chosen }, dataset.path)
      questions = try CheckedQuestion.all(of: dataset, limit: questionCount)
    case .kto:
      let dataset = try UnpairedDataset(
        data, tokenizer: tokenizer, template: template, maximumSequenceLength: length, seed: seed, part: part)
      let good = zip(0..., dataset.labels).filter(\.1).map(\.0)
      (examples, file) = (try good.prefix(maximumCount).map { try dataset[$0].example }, dataset.path)
      // An adapter that learnt from bad answers alone has nothing to keep.
      if examples.isEmpty { return nil }
    }
    let byteCounts = TokenByteCounts(tokenizer)
    let batches = examples.map { example in
      var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
      batch.setRows([example], byteCounts: byteCounts)
      return batch
    }
    let what = "\(data.holdsOut ? "held-out" : "training") \(recipe.kind.probed)"
    return Examples(name: "\(batches.count) \(what) of \(file)", batches: batches, questions: questions)
  }

  private struct Examples {
    let name: String
    let batches: [TrainingBatch]
    let questions: [CheckedQuestion]
  }

  private static let maximumCount = 200
  /// Answers are written token by token, which takes longer than a loss.
  private static let questionCount = 40

  /// The loss of a model, and its logits on the first batch.
  func measure(_ model: Decoder) throws -> (loss: LossSum, logits: [Float]) {
    let loss = try Evaluator(FixedBatches(batches: batches))(model)
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

extension Recipe.Kind {
  /// What a merge is measured on.
  fileprivate var probed: String {
    switch self {
    case .dpo: "chosen answers"
    case .kto: "good answers"
    case .pretrain, .sft: "examples"
    }
  }
}
