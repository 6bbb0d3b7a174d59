/// What a training loop reports, in this order for one step.
public enum TrainingEvent {
  /// After every optimiser step.
  case stepped(StepReport)
  /// Every `log_every_n_steps` steps.
  case logged(StepMetrics)
  case evaluated(step: Int, LossSum)
  /// - Parameter isBest: whether it is the best checkpoint so far.
  case saved(step: Int, isBest: Bool)
}

/// What the observer of a training loop wants to happen next.
public enum Disposition: Sendable {
  case `continue`
  /// Finish the step, save and return.
  case stop
}

/// Why a training loop returned. The state is saved in both cases.
public enum TrainingOutcome: Equatable, Sendable {
  case finished
  case stopped
}

/// One optimiser step, for a progress line.
public struct StepReport: Equatable, Sendable {
  public let step: Int
  /// nil for a run limited by time.
  public let totalSteps: Int?
  /// Mean loss of this step: nats per token, or per pair of answers.
  public let loss: Double
  /// nil for a loss of pairs, and where no token stands for text.
  public let bitsPerByte: Double?
  public let learningRate: Double
  /// Over the steps since the last log.
  public let tokensPerSecond: Double
  public let elapsedSeconds: Double
  /// nil before there is anything to extrapolate from.
  public let remainingSeconds: Double?

  package init(
    step: Int, totalSteps: Int?, loss: Double, bitsPerByte: Double?, learningRate: Double, tokensPerSecond: Double,
    elapsedSeconds: Double, remainingSeconds: Double?
  ) {
    self.step = step
    self.totalSteps = totalSteps
    self.loss = loss
    self.bitsPerByte = bitsPerByte
    self.learningRate = learningRate
    self.tokensPerSecond = tokensPerSecond
    self.elapsedSeconds = elapsedSeconds
    self.remainingSeconds = remainingSeconds
  }
}

/// One log line: the means over the steps since the last one.
public struct StepMetrics: Sendable {
  public let step: Int
  /// Target tokens since the start of the run.
  public let tokens: Int
  /// Nats per token, or per pair of answers.
  public let loss: Double
  /// nil for a loss of pairs, and where no token stands for text.
  public let bitsPerByte: Double?
  /// What else is measured, per token or per pair.
  public let measures: [(name: String, value: Double)]
  /// Of this step.
  public let learningRate: Double
  /// Of this step.
  public let weightDecay: Double
  /// λ of this step, the mean over the layers; nil without a warm-up of the quantisation.
  public let quantizationStrength: Double?
  /// Of this step, before clipping.
  public let gradientNorm: Double
  /// nil for a model without ternary matrices.
  public let ternary: TernaryCensus.Report?
  /// Without the time spent in evaluating and saving.
  public let tokensPerSecond: Double
  public let elapsedSeconds: Double

  package init(
    step: Int, tokens: Int, loss: Double, bitsPerByte: Double?, measures: [(name: String, value: Double)] = [],
    learningRate: Double, weightDecay: Double, quantizationStrength: Double? = nil, gradientNorm: Double,
    ternary: TernaryCensus.Report?,
    tokensPerSecond: Double, elapsedSeconds: Double
  ) {
    self.step = step
    self.tokens = tokens
    self.loss = loss
    self.bitsPerByte = bitsPerByte
    self.measures = measures
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.quantizationStrength = quantizationStrength
    self.gradientNorm = gradientNorm
    self.ternary = ternary
    self.tokensPerSecond = tokensPerSecond
    self.elapsedSeconds = elapsedSeconds
  }
}
