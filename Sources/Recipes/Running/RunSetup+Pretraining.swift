import Architectures
import Datasets
import Foundation
import Models
import Tokenization
import Training

extension RunSetup {
  static func pretraining(_ recipe: Recipe, _ corpus: CorpusConfiguration) throws -> RunSetup {
    let training = recipe.training
    if let key = recipe.tokenizer.path.map({ _ in "tokenizer.path" }) {
      throw StartingModelError.unsupported(key: key)
    }
    let tokenizer = try ByteTokenizer(specialTokens: recipe.tokenizer.specialTokens)
    let data = try PretrainingData(corpus, training)
    let model = try pretrainingModel(recipe, tokenizer)
    var files = try tokenizer.files(maximumLength: model.architecture.maximumPositionEmbeddings)
    files[ModelFolder.configurationFileName] = try model.architecture.huggingFaceJSON(
      weightDataType: training.masterWeights.dataType.rawValue)
    let evaluator = data.validation.map(Evaluator.init)
    return RunSetup(
      model: model, training: training,
      objective: PretrainingObjective(model, sampler: data.sampler, batchSize: training.batchSize),
      evaluate: evaluator.map { evaluator in { evaluator(model) } }, modelFiles: files, dataFacts: data.facts)
  }

  private static func pretrainingModel(_ recipe: Recipe, _ tokenizer: ByteTokenizer) throws -> Decoder {
    switch recipe.model {
    case .configuration(let configuration):
      return Decoder(configuration, seed: recipe.training.seed)
    case .checkpoint(let path):
      let folder = try StartingModelError.folder(path)
      try StartingModelError.check(
        folder.architecture, path: path, vocabularySize: tokenizer.vocabularySize,
        sequenceLength: recipe.training.maximumSequenceLength)
      return try Decoder(folder)
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

  init(_ dataset: CorpusConfiguration, _ training: TrainingConfiguration) throws {
    let corpus = try TextCorpus(contentsOf: dataset.path)
    sampler = try WindowSampler(
      corpus: corpus, range: dataset.train, sequenceLength: training.maximumSequenceLength, order: dataset.order,
      seed: training.seed)
    validation = try dataset.validation.map {
      try EvaluationWindows(
        corpus: corpus, range: $0, sequenceLength: training.maximumSequenceLength, batchSize: training.batchSize,
        maxTokens: training.evaluationTokens)
    }
    facts = [
      "sha256": corpus.sha256,
      "train": "\(sampler.range.lowerBound):\(sampler.range.upperBound)",
      "validation": validation.map { "\($0.range.lowerBound):\($0.range.upperBound)" } ?? "none",
      "order": dataset.order.rawValue,
    ]
  }
}
