import Autograd
import Datasets
import Foundation
import ModelFormats
import Models
import Tokenization
import Training

/// A pretraining run as its recipe describes it: data, model, training loop and run folder, put together.
public final class PretrainingRun {
  public let recipe: Recipe
  public let model: BitNetForCausalLM
  public let directory: URL
  /// What the user should know before it starts.
  public let notices: [String]
  private let loop: TrainingLoop
  private let metrics: MetricsLog
  /// Holds the lock of the folder.
  private let run: RunDirectory

  /// Opens the corpus, makes or loads the model and prepares the run folder. Nothing is trained yet.
  /// - Parameter resume: continues from the newest checkpoint of the folder instead of starting a run in it.
  /// - Throws: `CorpusError`, `RunError`, `FileError`, `PretrainingError`, and what opening a model throws.
  public init(_ recipe: Recipe, resume: Bool = false) throws {
    self.recipe = recipe
    let training = recipe.training
    let tokenizer = try ByteTokenizer(specialTokens: recipe.tokenizer.specialTokens)
    let data = try PretrainingData(recipe.corpus!, training)
    let model = try Self.makeModel(recipe, tokenizer)
    directory = URL(fileURLWithPath: recipe.outputDirectory)
    run = try resume ? RunDirectory.open(directory) : RunDirectory.create(directory, recipe: recipe.resolvedYAML())

    let objective = PretrainingObjective(model, sampler: data.sampler, batchSize: training.batchSize)
    let identity = try RunIdentity(
      model: model.configuration, training: training, data: data.facts, parameters: model.namedParameters)
    let checkpoint = try resume ? CheckpointReader(newestOf: run) : nil
    try checkpoint?.require(identity)
    let writer = CheckpointWriter(
      run, identity: identity, modelFiles: try Self.modelFiles(model.configuration, tokenizer, training),
      keepLast: training.keepLast)
    let evaluator = data.validation.map(Evaluator.init)
    loop = TrainingLoop(
      objective, configuration: training, evaluate: evaluator.map { evaluator in { evaluator(model) } },
      censusSource: model, checkpoints: writer)
    var notices = try checkpoint?.restore(loop, model) ?? []
    if resume, try run.write(recipe: recipe.resolvedYAML()) {
      notices.append("the recipe differs from the one before; recipe.yaml in the run folder says the new one")
    }
    self.notices = notices
    metrics = try run.metricsLog(continuingAfter: loop.progress.step)
    self.model = model
  }

  /// How far the run has come.
  public var progress: TrainingProgress { loop.progress }

  /// The newest checkpoint; nil before the first.
  public var latestCheckpoint: URL? { try? ModelLocation.latestCheckpoint(of: directory) }

  /// Trains to the end, or until the observer stops it; the state is saved in both cases.
  /// - Parameter observer: is told about every event after it has been written to metrics.jsonl.
  /// - Throws: `TrainingError`, `FileError`; earlier checkpoints stay as they are.
  public func train(_ observer: (TrainingEvent) throws -> Disposition) throws -> TrainingOutcome {
    try loop.run { event in
      switch event {
      case .logged(let step): try metrics.append(MetricsLine(step))
      case .evaluated(let step, let loss): try metrics.append(MetricsLine(step: step, validation: loss))
      case .stepped, .saved: break
      }
      return try observer(event)
    }
  }

  private static func makeModel(_ recipe: Recipe, _ tokenizer: ByteTokenizer) throws -> BitNetForCausalLM {
    switch recipe.model {
    case .configuration(let configuration):
      return BitNetForCausalLM(configuration, seed: recipe.training.seed)
    case .checkpoint(let path):
      let location = try ModelLocation(resolving: URL(fileURLWithPath: path))
      let folder = try ModelFolder(location.url)
      try PretrainingError.check(folder.configuration, path: path, recipe, tokenizer)
      return try BitNetForCausalLM(folder: folder)
    }
  }

  private static func modelFiles(
    _ model: ModelConfiguration, _ tokenizer: ByteTokenizer, _ training: TrainingConfiguration
  ) throws -> [String: Data] {
    var files = try tokenizer.files(maximumLength: model.maximumPositionEmbeddings)
    files[ModelFolder.configurationFileName] = try model.huggingFaceJSON(
      weightDataType: training.masterWeights.dataType.rawValue)
    return files
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
