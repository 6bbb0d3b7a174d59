/// Everything a run has counted so far: with the parameters, the optimiser state and the codes of the last log it is
/// all that a resumed run needs.
public struct TrainingProgress: Codable, Equatable, Sendable {
  /// Sums since the last log line.
  public struct Interval: Codable, Equatable, Sendable {
    public var loss = LossSum()
    /// Wall time spent in optimiser steps, without evaluating and saving.
    public var seconds = 0.0
  }

  /// How good the model was after a step.
  public struct Validation: Codable, Equatable, Sendable {
    public var step: Int
    /// Per token, or per pair of answers.
    public var loss: Double
  }

  /// Optimiser steps done.
  public var step = 0
  /// Target tokens seen.
  public var tokens = 0
  /// Wall time of the run in seconds, over all its processes, from start to stop.
  public var elapsedSeconds = 0.0
  public var interval = Interval()
  public var lastValidation: Validation?
  /// The best of the checkpoints that were evaluated when they were saved.
  public var bestCheckpoint: Validation?
  /// The lowest loss of all evaluations.
  public var lowestLoss: Double?
  /// Evaluations in a row that were no better than one before.
  public var evaluationsWithoutGain = 0

  public init() {}

  /// Remembers an evaluation.
  mutating func note(_ validation: Validation) {
    lastValidation = validation
    if let lowest = lowestLoss, validation.loss >= lowest {
      evaluationsWithoutGain += 1
    } else {
      lowestLoss = validation.loss
      evaluationsWithoutGain = 0
    }
  }
}
