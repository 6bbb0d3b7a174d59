/// The shape of the learning rate over a run. Every type starts with a linear warm-up from zero.
public struct ScheduleConfiguration: Equatable, Sendable {
  public enum Shape: String, CaseIterable, Sendable {
    /// Two full-length lines with a jump at the half, weight decay off in the second half: the BitNet b1.58 training guide.
    case twoStage = "two_stage"
    case cosine
    case linear
    case constant
    /// Warm-up, stable, decay: constant, then a linear fall over the last `decaySteps` steps.
    case wsd
  }

  public var shape: Shape
  public var warmupSteps: Int
  /// `two_stage` only: the peak of the second line.
  public var secondLearningRate: Double?
  /// The value that `two_stage`, `cosine`, `linear` and `wsd` end at.
  public var finalLearningRate: Double
  /// `wsd` only: the length of the final fall.
  public var decaySteps: Int?

  public init(
    shape: Shape = .twoStage, warmupSteps: Int = 0, secondLearningRate: Double? = nil,
    finalLearningRate: Double = 0, decaySteps: Int? = nil
  ) {
    self.shape = shape
    self.warmupSteps = warmupSteps
    self.secondLearningRate = secondLearningRate
    self.finalLearningRate = finalLearningRate
    self.decaySteps = decaySteps
  }
}
