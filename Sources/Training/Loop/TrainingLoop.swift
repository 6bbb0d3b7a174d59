import Architectures
import Autograd
import Kernels

/// Where a training loop leaves its state.
public protocol CheckpointSink: AnyObject {
  /// Saves a complete, resumable checkpoint, or throws and leaves all earlier ones as they were.
  func save(_ snapshot: TrainingSnapshot) throws
}

/// The state of a training loop between two steps; valid until it goes on.
public struct TrainingSnapshot {
  public let model: any Module
  public let optimizer: any Optimizer
  package let census: TernaryCensus?
  /// nil for a model that is all that it will be.
  package let unfinishedQuantization: UnfinishedQuantization?
  public let progress: TrainingProgress
}

/// The training loop, for every objective.
///
/// A step is: micro-batches, one division by what the objective counts in them all (tokens, examples, pairs of answers),
/// clipping by the global norm, the optimiser. Then the loop logs, evaluates and saves when their turn has come, and at the end.
/// The same seed, data, kernel path and thread count give the same bytes, in one run or in several that resume each other.
public final class TrainingLoop {
  public let configuration: TrainingConfiguration
  public private(set) var progress = TrainingProgress()
  public let optimizer: any Optimizer
  package let census: TernaryCensus?
  private let objective: any Objective
  private let schedule: Schedule
  /// nil where every step is fully quantised.
  private let warmedUp: (any GraduallyQuantized)?
  private let step: OptimizerStep
  private let evaluate: (() throws -> LossSum)?
  private let checkpoints: (any CheckpointSink)?
  private let clock: WallClock

  /// Converts the trainable parameters to the data type of the master weights.
  /// - Parameters:
  ///   - optimizer: of the model's parameters; nil: the one that the configuration names.
  ///   - evaluate: measures the model on held-out data; nil for no evaluation.
  ///   - warmedUp: the model, where the configuration has a warm-up of its quantisation.
  ///   - censusSource: the ternary matrices to report on with every log line.
  public init(
    _ objective: any Objective, configuration: TrainingConfiguration, optimizer: (any Optimizer)? = nil,
    evaluate: (() throws -> LossSum)? = nil, warmedUp: (any GraduallyQuantized)? = nil,
    censusSource: (any TernaryCensusSource)? = nil, checkpoints: (any CheckpointSink)? = nil,
    clock: @escaping WallClock = monotonicClock()
  ) {
    self.objective = objective
    self.configuration = configuration
    self.evaluate = evaluate
    self.checkpoints = checkpoints
    self.clock = clock
    require(
      warmedUp != nil || !configuration.quantizationWarmup.isGradual,
      "a warm-up of the quantisation needs a model that can quantise in part")
    self.warmedUp = configuration.quantizationWarmup.isGradual ? warmedUp : nil
    let optimizer =
      optimizer
      ?? configuration.optimizer.optimizer(
        of: MasterWeights(
          objective.model.namedParameters, configuration: configuration.masterWeights, seed: configuration.seed))
    self.optimizer = optimizer
    let state = optimizer.state.map(\.name)
    require(Set(state).count == state.count, "tensors of \(type(of: optimizer)) share a name: \(state.sorted())")
    schedule = Schedule(
      configuration.schedule, learningRate: configuration.optimizer.learningRate,
      weightDecay: configuration.optimizer.weightDecay)
    step = OptimizerStep(objective, optimizer, configuration)
    census = censusSource.map(TernaryCensus.init)
  }

  /// Continues from the counts of a checkpoint; parameters and optimiser state are restored separately.
  package func restore(_ progress: TrainingProgress) {
    self.progress = progress
  }

  /// Trains until the limit of the configuration or until the observer wants to stop.
  /// - Parameter observer: is told about everything that happens; what it throws ends the run without a save.
  /// - Throws: `TrainingError` when a loss or gradient is not finite; what the objective, the evaluation and the
  ///   checkpoints throw.
  @discardableResult
  public func run(
    observer: (TrainingEvent) throws -> Disposition = { _ in .continue }
  ) throws -> TrainingOutcome {
    let timer = Timer(clock: clock, elapsedBefore: progress.elapsedSeconds)
    setQuantizationStrength()
    guard !isFinished, !isOutOfPatience else { return .finished }
    while true {
      var mustStop = false
      func report(_ event: TrainingEvent) throws {
        if case .stop = try observer(event) { mustStop = true }
      }
      let record = try runStep(timer, report)
      // Decided once: evaluating takes time too.
      var isLast = isFinished
      if isLast || isDue(configuration.logEverySteps) { try logMetrics(record, report) }
      if isLast || isDue(configuration.evaluateEverySteps) { try evaluateModel(report) }
      progress.elapsedSeconds = timer.elapsedSeconds
      isLast = isLast || isOutOfPatience
      if isLast || mustStop || isDue(configuration.saveEverySteps) { try save(report) }
      if isLast { return .finished }
      if mustStop { return .stopped }
    }
  }

  public var isFinished: Bool {
    switch configuration.limit {
    case .steps(let total): progress.step >= total
    case .minutes(let minutes): progress.elapsedSeconds >= minutes * 60
    }
  }

  private var isOutOfPatience: Bool {
    configuration.earlyStoppingPatience.map { progress.evaluationsWithoutGain >= $0 } ?? false
  }

  private func isDue(_ interval: Int?) -> Bool {
    interval.map { progress.step % $0 == 0 } ?? false
  }

  /// Evaluations and checkpoints see λ as the next step will.
  private func setQuantizationStrength() {
    warmedUp?.setQuantizationStrength { [progress, configuration] block, count in
      configuration.quantizationWarmup.strength(atStep: progress.step, block: block, of: count)
    }
  }

  private var unfinishedQuantization: UnfinishedQuantization? {
    guard let strength = warmedUp?.quantizationStrength, strength < 1 else { return nil }
    return UnfinishedQuantization(
      strength: strength, step: progress.step, endStep: configuration.quantizationWarmup.endStep)
  }

  /// The rates of one step and its result.
  private struct StepRecord {
    let result: OptimizerStep.Result
    let learningRate: Double
    let weightDecay: Double
    let quantizationStrength: Double?
  }

  private func runStep(_ timer: Timer, _ report: (TrainingEvent) throws -> Void) throws -> StepRecord {
    let start = timer.elapsedSeconds
    let position = position(elapsedSeconds: start)
    let (learningRate, weightDecay) = (schedule.learningRate(at: position), schedule.weightDecay(at: position))
    let strength = warmedUp?.quantizationStrength
    let result = try BackwardPrecision.$current.withValue(configuration.computeDataType.backwardPrecision) {
      try Recomputation.$isEnabled.withValue(configuration.checkpointsActivations) {
        try step.run(step: progress.step, learningRate: learningRate, weightDecay: weightDecay)
      }
    }
    progress.step += 1
    setQuantizationStrength()
    progress.tokens += result.loss.tokens
    progress.elapsedSeconds = timer.elapsedSeconds
    progress.interval.add(result, seconds: progress.elapsedSeconds - start)
    try report(.stepped(stepReport(result, learningRate: learningRate)))
    return StepRecord(
      result: result, learningRate: learningRate, weightDecay: weightDecay, quantizationStrength: strength)
  }

  private func position(elapsedSeconds: Double) -> Schedule.Position {
    switch configuration.limit {
    case .steps(let total): .init(step: progress.step, totalSteps: total)
    case .minutes(let minutes): .init(step: progress.step, shareOfTime: elapsedSeconds / (minutes * 60))
    }
  }

  private func stepReport(_ result: OptimizerStep.Result, learningRate: Double) -> StepReport {
    let totalSteps: Int?
    let remaining: Double?
    switch configuration.limit {
    case .steps(let total):
      totalSteps = total
      remaining = progress.elapsedSeconds / Double(progress.step) * Double(total - progress.step)
    case .minutes(let minutes):
      totalSteps = nil
      remaining = max(0, minutes * 60 - progress.elapsedSeconds)
    }
    return StepReport(
      step: progress.step, totalSteps: totalSteps, loss: result.loss.mean,
      bitsPerByte: result.loss.bitsPerByteOfText, learningRate: learningRate,
      tokensPerSecond: progress.interval.tokensPerSecond, elapsedSeconds: progress.elapsedSeconds,
      remainingSeconds: remaining)
  }

  private func logMetrics(_ record: StepRecord, _ report: (TrainingEvent) throws -> Void) throws {
    let interval = progress.interval
    let steps = (progress.step - 1) % configuration.logEverySteps + 1
    let metrics = StepMetrics(
      step: progress.step, tokens: progress.tokens, loss: interval.loss.mean,
      bitsPerByte: interval.loss.bitsPerByteOfText, measures: interval.loss.meanMeasures,
      learningRate: record.learningRate,
      weightDecay: record.weightDecay, quantizationStrength: record.quantizationStrength,
      gradientNorm: record.result.gradientNorm, ternary: census?.report(steps: steps),
      tokensPerSecond: interval.tokensPerSecond, elapsedSeconds: progress.elapsedSeconds)
    progress.interval = .init()
    try report(.logged(metrics))
  }

  private func evaluateModel(_ report: (TrainingEvent) throws -> Void) throws {
    guard let evaluate else { return }
    let evaluation = try withoutGradients(evaluate)
    let isUsable = evaluation.isPreference ? evaluation.mean.isFinite : evaluation.perplexity.isFinite
    guard isUsable else { throw TrainingError.nonFiniteValidation(step: progress.step) }
    // What is partly quantised is another model: nothing that is a BitNet should have to be as good.
    if unfinishedQuantization == nil { progress.note(.init(step: progress.step, loss: evaluation.mean)) }
    try report(.evaluated(step: progress.step, evaluation))
  }

  private func save(_ report: (TrainingEvent) throws -> Void) throws {
    guard let checkpoints else { return }
    if let validation = progress.lastValidation, validation.step == progress.step,
      validation.loss < progress.bestCheckpoint?.loss ?? .infinity
    {
      progress.bestCheckpoint = validation
    }
    try checkpoints.save(
      TrainingSnapshot(
        model: objective.model, optimizer: optimizer, census: census, unfinishedQuantization: unfinishedQuantization,
        progress: progress))
    try report(.saved(step: progress.step, isBest: progress.bestCheckpoint?.step == progress.step))
  }
}

/// Wall time of a run that may have had earlier processes.
private struct Timer {
  private let clock: WallClock
  private let origin: Double

  init(clock: @escaping WallClock, elapsedBefore: Double) {
    self.clock = clock
    origin = clock() - elapsedBefore
  }

  var elapsedSeconds: Double { clock() - origin }
}

extension TrainingProgress.Interval {
  var tokensPerSecond: Double { seconds > 0 ? Double(loss.tokens) / seconds : 0 }

  fileprivate mutating func add(_ result: OptimizerStep.Result, seconds: Double) {
    loss += result.loss
    self.seconds += seconds
  }
}
