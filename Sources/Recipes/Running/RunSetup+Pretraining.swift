import Architectures
import Datasets
import Foundation
import Models
import Tokenization
import Training

extension RunSetup {
  static func pretraining(
    _ recipe: Recipe, _ corpus: CorpusConfiguration, report: (String) -> Void
  ) throws -> RunSetup {
    let training = recipe.training
    let source = try RecipeTokenizer(recipe.tokenizer)
    let model = try pretrainingModel(recipe, source.tokenizer)
    let data = try PretrainingData(corpus, source.tokenizer, training, report)
    var files = try source.files(maximumLength: model.architecture.maximumPositionEmbeddings)
    files[ModelFolder.configurationFileName] = try model.architecture.huggingFaceJSON(
      weightDataType: training.masterWeights.dataType.rawValue)
    let batches = WindowBatches(data.sampler, batchSize: training.batchSize)
    let evaluator = data.validation.map { Evaluator($0) }
    var setup = RunSetup(
      model: model, training: training,
      objective: BatchObjective(model, batches: batches, loss: LikelihoodLoss()),
      evaluate: evaluator.map { evaluator in { try evaluator(model) } }, modelFiles: files, dataFacts: data.facts)
    setup.summary = data.summary
    setup.samples = try SampleTexts(recipe.samples, model, source.tokenizer, seed: training.seed)
    return setup
  }

  private static func pretrainingModel(_ recipe: Recipe, _ tokenizer: any Tokenizer) throws -> Decoder {
    switch recipe.model {
    case .configuration(let configuration):
      return Decoder(
        recipe.tokenizer.sized(configuration, for: tokenizer), seed: recipe.training.seed)
    case .checkpoint(let path):
      let model = try StartingModelError.model(path)
      try StartingModelError.check(
        model.architecture, path: path, tokens: tokenizer.vocabularySize,
        sequenceLength: recipe.training.maximumSequenceLength)
      return try Decoder(model.weights)
    }
  }
}

/// The training windows and the held-out windows of a recipe.
private struct PretrainingData {
  let sampler: WindowSampler
  /// nil when nothing is to be evaluated.
  let validation: EvaluationWindows?
  /// What identifies the data, for a run that is resumed.
  let facts: [String: String]
  let summary: [String]

  init(
    _ dataset: CorpusConfiguration, _ tokenizer: any Tokenizer, _ training: TrainingConfiguration,
    _ report: (String) -> Void
  ) throws {
    let text = try TextCorpus(contentsOf: dataset.path, force: dataset.isForced)
    func tokens(_ range: ByteRange) throws -> TokenCorpus {
      var lines = TokenizationLines()
      return try TokenCorpus(text, range: range, tokenizer: tokenizer) { event in
        if let line = lines.line(event) { report(line) }
      }
    }
    let length = training.maximumSequenceLength
    sampler = try WindowSampler(
      tokens(dataset.train), sequenceLength: length, order: dataset.order, seed: training.seed)
    validation = try dataset.validation.map {
      try EvaluationWindows(
        tokens($0), sequenceLength: length, batchSize: training.batchSize, maxTokens: training.evaluationTokens)
    }
    func name(_ range: Range<Int>) -> String { "\(range.lowerBound):\(range.upperBound)" }
    var facts = [
      "sha256": try text.sha256,
      "train": name(sampler.corpus.textRange),
      "validation": validation.map { name($0.textRange) } ?? "none",
      "order": dataset.order.rawValue,
    ]
    // The size of the vocabulary and the special tokens say all about a byte tokenizer.
    let isLearned = !(tokenizer is ByteTokenizer)
    if isLearned { facts["tokenizer"] = tokenizer.fingerprint }
    self.facts = facts
    summary = isLearned ? [sampler.corpus.summary] : []
  }
}

extension TokenCorpus {
  fileprivate var summary: String {
    let perToken = Double(textRange.count) / Double(max(1, count))
    return "\(path): \(textRange.count) bytes are \(count) tokens, "
      + String(format: "%.2f bytes each", perToken)
  }
}
