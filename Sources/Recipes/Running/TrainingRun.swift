import Architectures
import Autograd
import Datasets
import FileFormats
import Foundation
import Kernels
import Models
import Tokenization
import Training

/// A run as its recipe describes it: data, model, training loop and run folder, put together.
public final class TrainingRun {
  public let recipe: Recipe
  public let model: Decoder
  public let directory: URL
  /// What the user should know before it starts.
  public let notices: [String]
  /// What the run consists of, a line each.
  public let summary: [String]
  /// As the recipe says, with epochs turned into steps.
  public let training: TrainingConfiguration
  private let loop: TrainingLoop
  private let metrics: MetricsLog
  private let samples: (write: SampleTexts, log: MetricsLog)?
  private let log: (any RunLogWriter)?
  /// Holds the lock of the folder.
  private let run: RunDirectory

  /// Opens the data, makes or loads the model and prepares the run folder. Nothing is trained yet.
  /// - Parameters:
  ///   - resume: continues from the newest checkpoint of the folder instead of starting a run in it.
  ///   - environment: facts about the machine that the run folder keeps.
  ///   - log: writes what the recipe's key `tensorboard` asks for.
  ///   - report: is told about work that takes long.
  /// - Throws: `ModelTooLarge`, `RunError`, `FileError`, `StartingModelError`; what opening the data and a model throws.
  public init(
    _ recipe: Recipe, resume: Bool = false, environment: [String: String] = [:], log: (any RunLog)? = nil,
    report: (String) -> Void = { _ in }
  ) throws {
    self.recipe = recipe
    try recipe.workload().requireMemory()
    let setup = try RunSetup(recipe, report: report)
    let (model, training) = (setup.model, setup.training)
    try QuantizationWarmupError.check(training, model, recipe)
    directory = URL(fileURLWithPath: recipe.outputDirectory)
    run = try resume ? RunDirectory.open(directory) : RunDirectory.create(directory, recipe: recipe.resolvedYAML())
    let identity = try RunIdentity(
      model: model.architecture, training: training, data: setup.dataFacts, parameters: model.namedParameters,
      others: setup.otherFacts)
    let checkpoint = try resume ? CheckpointReader(newestOf: run) : nil
    try checkpoint?.require(identity)
    try setup.prepare(directory)
    if !environment.isEmpty { try run.write(environment: environment) }
    let writer = CheckpointWriter(
      run, identity: identity, modelFiles: setup.modelFiles, keepLast: training.keepLast, contents: setup.contents)
    loop = TrainingLoop(
      setup.objective, configuration: training, evaluate: setup.evaluate, warmedUp: model,
      censusSource: setup.contents == .model ? model : nil, checkpoints: writer)
    var notices = try checkpoint?.restore(loop, model, contents: setup.contents) ?? []
    if resume, try run.write(recipe: recipe.resolvedYAML()) {
      notices.append("the recipe differs from the one before; recipe.yaml in the run folder says the new one")
    }
    if recipe.writesTensorBoard, log == nil {
      notices.append(
        "nothing is written for TensorBoard (metrics.jsonl is): this program was built without the trait TensorBoard; "
          + "`make build` builds it with all of them")
    }
    self.notices = notices
    summary = setup.summary + (training.quantizationWarmup.summary.map { [$0] } ?? [])
    metrics = try run.metricsLog(continuingAfter: loop.progress.step)
    if let write = setup.samples, !recipe.samples.prompts.isEmpty {
      samples = (write, try run.samplesLog(continuingAfter: loop.progress.step))
    } else {
      samples = nil
      try run.cutSamples(after: loop.progress.step)
    }
    // Where the recipe asks for none, those of an earlier process still must not tell of steps that are done again.
    let step = loop.progress.step
    try log?.forget(in: directory, after: step)
    self.log = recipe.writesTensorBoard ? try log?.begin(in: directory, after: step, model) : nil
    self.training = training
    self.model = model
    // What loading needed is of other sizes than what training needs.
    BufferPool.current.trim()
  }

  /// How far the run has come.
  public var progress: TrainingProgress { loop.progress }

  /// Whether training has come to its end: a run that was resumed may have been there before.
  public var isFinished: Bool { loop.isFinished }

  /// The newest checkpoint; nil before the first.
  public var latestCheckpoint: URL? { try? ModelLocation.latestCheckpoint(of: directory) }

  /// Trains to the end, or until the observer stops it; the state is saved in both cases.
  /// - Parameter observer: is told about every event after it has been written to metrics.jsonl.
  /// - Throws: `TrainingError`, `FileError`; earlier checkpoints stay as they are. `RunError.folderGone` when somebody
  ///   took the run's folder away: the state is saved into a new one.
  public func train(_ observer: (TrainingEvent) throws -> Disposition) throws -> TrainingOutcome {
    var isFolderGone = false
    let outcome = try loop.run { event in
      if !isFolderGone, !run.isInPlace {
        isFolderGone = true
        try run.recreate(recipe: recipe.resolvedYAML())
      }
      // Nothing of the old folder is written to any more; the loop saves and stops.
      if isFolderGone { return .stop }
      switch event {
      case .logged(let step):
        try metrics.append(MetricsLine(step))
        try log?.logged(step)
      case .evaluated(let step, let loss):
        try metrics.append(MetricsLine(step: step, validation: loss))
        let texts = try samples?.write() ?? []
        try samples?.log.append(texts, step: step)
        try log?.evaluated(loss, texts, step: step)
      case .stepped, .saved: break
      }
      return try observer(event)
    }
    if isFolderGone { throw RunError.folderGone(path: directory.path, savedStep: progress.step) }
    if outcome == .finished, training.loadsBestAtEnd, let best = progress.bestCheckpoint {
      try run.makeLatest(step: best.step)
    }
    return outcome
  }
}
