import Autograd

/// What ends a run; schedules are functions of the share of it that is done.
public enum TrainingLimit: Equatable, Sendable {
  case steps(Int)
  /// Wall time. Runs limited by time are not reproducible step for step.
  case minutes(Double)
}

/// The number format of the backward matrix products.
public enum ComputeDataType: String, CaseIterable, Sendable {
  case float32
  /// float32 where the processor has no bfloat16 products.
  case bfloat16

  var backwardPrecision: BackwardPrecision { self == .bfloat16 ? .bfloat16 : .float32 }
}

/// Everything the training loop needs to know besides model, data and objective.
public struct TrainingConfiguration: Equatable, Sendable {
  public var seed: UInt64
  public var maximumSequenceLength: Int
  /// Sequences per micro-batch.
  public var batchSize: Int
  /// Micro-batches per optimiser step.
  public var gradientAccumulationSteps: Int
  public var limit: TrainingLimit
  public var optimizer: OptimizerConfiguration
  public var schedule: ScheduleConfiguration
  public var quantizationWarmup: QuantizationWarmup
  public var masterWeights: MasterWeightsConfiguration
  public var computeDataType: ComputeDataType
  /// Computes the insides of each block again in the backward pass instead of keeping them: less memory, more time, the
  /// same bytes.
  public var checkpointsActivations: Bool
  /// Global gradient norm above which gradients are scaled down; nil leaves them alone.
  public var clipGradientNorm: Double?
  public var logEverySteps: Int
  /// nil: never.
  public var evaluateEverySteps: Int?
  public var evaluationTokens: Int
  /// nil: only at the end.
  public var saveEverySteps: Int?
  /// Checkpoints kept besides the best one.
  public var keepLast: Int
  /// Ends with the best checkpoint as the latest.
  public var loadsBestAtEnd: Bool
  /// Stops after so many evaluations in a row without a better one; nil: never.
  public var earlyStoppingPatience: Int?

  public init(
    seed: UInt64 = 1,
    maximumSequenceLength: Int = 256,
    batchSize: Int = 16,
    gradientAccumulationSteps: Int = 1,
    limit: TrainingLimit = .steps(1000),
    optimizer: OptimizerConfiguration = OptimizerConfiguration(),
    schedule: ScheduleConfiguration = ScheduleConfiguration(),
    quantizationWarmup: QuantizationWarmup = QuantizationWarmup(),
    masterWeights: MasterWeightsConfiguration = MasterWeightsConfiguration(),
    computeDataType: ComputeDataType = .bfloat16,
    checkpointsActivations: Bool = false,
    clipGradientNorm: Double? = 1,
    logEverySteps: Int = 10,
    evaluateEverySteps: Int? = nil,
    evaluationTokens: Int = 200_000,
    saveEverySteps: Int? = nil,
    keepLast: Int = 2,
    loadsBestAtEnd: Bool = false,
    earlyStoppingPatience: Int? = nil
  ) {
    self.seed = seed
    self.maximumSequenceLength = maximumSequenceLength
    self.batchSize = batchSize
    self.gradientAccumulationSteps = gradientAccumulationSteps
    self.limit = limit
    self.optimizer = optimizer
    self.schedule = schedule
    self.quantizationWarmup = quantizationWarmup
    self.masterWeights = masterWeights
    self.computeDataType = computeDataType
    self.checkpointsActivations = checkpointsActivations
    self.clipGradientNorm = clipGradientNorm
    self.logEverySteps = logEverySteps
    self.evaluateEverySteps = evaluateEverySteps
    self.evaluationTokens = evaluationTokens
    self.saveEverySteps = saveEverySteps
    self.keepLast = keepLast
    self.loadsBestAtEnd = loadsBestAtEnd
    self.earlyStoppingPatience = earlyStoppingPatience
  }
}
