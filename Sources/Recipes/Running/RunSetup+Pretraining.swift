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
    let (model, startNotes) = try pretrainingModel(recipe, source.tokenizer)
    let data = try PretrainingData(corpus, source.tokenizer, training, report)
    var files = try source.files(maximumLength: model.architecture.maximumPositionEmbeddings)
    files[ModelFolder.configurationFileName] = try model.architecture.huggingFaceJSON(
      weightDataType: training.masterWeights.dataType.rawValue)
    let batches = WindowBatches(data.samplers, batchSize: training.batchSize)
    let evaluator = data.validation.map { Evaluator($0) }
    var setup = RunSetup(
      model: model, training: training,
      objective: BatchObjective(model, batches: batches, loss: LikelihoodLoss()),
      evaluate: evaluator.map { evaluator in { try evaluator(model) } }, modelFiles: files, dataFacts: data.facts)
    setup.summary = startNotes + data.summary
    setup.samples = try SampleTexts(recipe.samples, model, source.tokenizer, seed: training.seed)
    return setup
  }

  /// - Returns: and what a user should know of the model that it starts from.
  private static func pretrainingModel(
    _ recipe: Recipe, _ tokenizer: any Tokenizer
  ) throws -> (model: Decoder, notes: [String]) {
    switch recipe.model {
    case .configuration(let configuration):
      return (Decoder(recipe.tokenizer.sized(configuration, for: tokenizer), seed: recipe.training.seed), [])
    case .checkpoint(let path):
      let model = try StartingModelError.model(path)
      try StartingModelError.check(
        model.architecture, path: path, tokens: tokenizer.vocabularySize,
        sequenceLength: recipe.training.maximumSequenceLength)
      return (try Decoder(model.weights, numerics: recipe.conversion), model.startNotes)
    }
  }
}

/// The training windows and the held-out windows of a recipe.
private struct PretrainingData {
  /// Of each text, with how often it counts.
  let samplers: [(sampler: WindowSampler, weight: Double)]
  /// nil when nothing is to be evaluated.
  let validation: EvaluationMixture?
  /// What identifies the data, for a run that is resumed.
  let facts: [String: String]
  let summary: [String]

  init(
    _ dataset: CorpusConfiguration, _ tokenizer: any Tokenizer, _ training: TrainingConfiguration,
    _ report: (String) -> Void
  ) throws {
    let texts = try JoinedTexts(
      dataset.sources.map { try TextCorpus(contentsOf: $0.path, force: dataset.isForced) })
    func tokens(_ range: ByteRange) throws -> [(number: Int, tokens: TokenCorpus)] {
      try texts.parts(of: range).map { number, range in
        var lines = TokenizationLines()
        let tokens = try TokenCorpus(texts.texts[number], range: range, tokenizer: tokenizer) { event in
          if let line = lines.line(event) { report(line) }
        }
        return (number, tokens)
      }
    }
    let length = training.maximumSequenceLength
    samplers = try tokens(dataset.train).map { number, tokens in
      let sampler = try WindowSampler(tokens, sequenceLength: length, order: dataset.order, seed: training.seed)
      return (sampler, dataset.sources[number].weight)
    }
    validation = try dataset.validation.map { range in
      try Self.evaluation(tokens(range).map(\.tokens), training)
    }
    var facts = [
      "sha256": dataset.sources.fingerprint(try texts.texts.map { try $0.sha256 }),
      "train": Self.name(samplers.map(\.sampler.corpus.textRange)),
      "validation": validation.map { Self.name($0.texts.map(\.textRange)) } ?? "none",
      "order": dataset.order.rawValue,
    ]
    // The size of the vocabulary and the special tokens say all about a byte tokenizer.
    let isLearned = !(tokenizer is ByteTokenizer)
    if isLearned { facts["tokenizer"] = tokenizer.fingerprint }
    self.facts = facts
    summary = (isLearned ? samplers.map(\.sampler.corpus.summary) : []) + Self.shares(samplers)
  }

  private static func evaluation(
    _ texts: [TokenCorpus], _ training: TrainingConfiguration
  ) throws -> EvaluationMixture {
    var windows: [EvaluationWindows] = []
    var tokensLeft = training.evaluationTokens
    for text in texts where tokensLeft > 0 {
      windows.append(
        try EvaluationWindows(
          text, sequenceLength: training.maximumSequenceLength, batchSize: training.batchSize, maxTokens: tokensLeft))
      tokensLeft -= windows[windows.count - 1].tokenCount
    }
    return EvaluationMixture(windows)
  }

  private static func name(_ ranges: [Range<Int>]) -> String {
    ranges.map { "\($0.lowerBound):\($0.upperBound)" }.joined(separator: ", ")
  }

  /// How much of what is learnt comes from which of several texts.
  private static func shares(_ samplers: [(sampler: WindowSampler, weight: Double)]) -> [String] {
    guard samplers.count > 1 else { return [] }
    let sizes = samplers.map { Double($0.sampler.windowCount) * $0.weight }
    let total = sizes.reduce(0, +)
    return zip(samplers, sizes).map { one, size in
      "\(one.sampler.corpus.path): \(String(format: "%.1f", 100 * size / total)) % of the windows"
    }
  }
}

extension TokenCorpus {
  fileprivate var summary: String {
    let perToken = Double(textRange.count) / Double(max(1, count))
    return "\(path): \(textRange.count) bytes are \(count) tokens, "
      + String(format: "%.2f bytes each", perToken)
  }
}
