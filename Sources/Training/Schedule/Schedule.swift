import Foundation

/// Learning rate and weight decay as pure functions of how far a run has come.
///
/// `two_stage` is the schedule of the BitNet b1.58 training guide ("The Era of 1-bit LLMs: Training Tips, Code and
/// FAQ", figure 1): two straight lines, each spanning the whole run, that start at a first and a second peak and meet
/// at the final value; the rate follows the first line in the first half of the run and the second line after it,
/// so it jumps at the half. Weight decay is constant in the first half and 0 in the second.
public struct Schedule: Equatable, Sendable {
  /// How far a run has come.
  public struct Position: Equatable, Sendable {
    /// Optimiser steps done.
    public var step: Int
    /// Steps of the whole run. For a run limited by time: the number expected at the present speed, infinite at first.
    public var totalSteps: Double

    public init(step: Int, totalSteps: Int) {
      self.step = step
      self.totalSteps = Double(totalSteps)
    }

    /// - Parameter shareOfTime: the share of the time limit that is used up, 0 to 1.
    public init(step: Int, shareOfTime: Double) {
      self.step = step
      totalSteps = shareOfTime > 0 && step > 0 ? max(Double(step) / shareOfTime, Double(step)) : .infinity
    }

    var isInSecondHalf: Bool { Double(step) >= totalSteps / 2 }
  }

  public let configuration: ScheduleConfiguration
  /// The value at the end of the warm-up.
  public let peakLearningRate: Double
  public let peakWeightDecay: Double

  public init(_ configuration: ScheduleConfiguration, learningRate: Double, weightDecay: Double) {
    self.configuration = configuration
    peakLearningRate = learningRate
    peakWeightDecay = weightDecay
  }

  public func weightDecay(at position: Position) -> Double {
    configuration.shape == .twoStage && position.isInSecondHalf ? 0 : peakWeightDecay
  }

  /// The rate of the step that follows `position.step` finished ones: `peak·(step + 1)/warmup` during the warm-up.
  public func learningRate(at position: Position) -> Double {
    let warmup = configuration.warmupSteps
    guard position.step >= warmup else { return peakLearningRate * Double(position.step + 1) / Double(warmup) }
    let final = configuration.finalLearningRate
    let share = Self.share(of: position, from: Double(warmup))
    switch configuration.shape {
    case .constant:
      return peakLearningRate
    case .linear:
      return Self.line(from: peakLearningRate, to: final, share)
    case .cosine:
      return final + (peakLearningRate - final) * (1 + cos(.pi * share)) / 2
    case .wsd:
      let fall = Double(configuration.decaySteps ?? 0)
      return Self.line(from: peakLearningRate, to: final, Self.share(of: position, from: position.totalSteps - fall))
    case .twoStage:
      let peak = position.isInSecondHalf ? secondLearningRate : peakLearningRate
      return Self.line(from: peak, to: final, share)
    }
  }

  /// The peak of the second line; by default 2/3 of the first, the ratio of the guide's 700M model (1.5e-3, 1e-3).
  private var secondLearningRate: Double { configuration.secondLearningRate ?? peakLearningRate * 2 / 3 }

  /// Which share of the steps from `start` to the end is done, 0 to 1.
  private static func share(of position: Position, from start: Double) -> Double {
    guard position.totalSteps.isFinite, position.totalSteps > start else { return 0 }
    return min(1, max(0, (Double(position.step) - start) / (position.totalSteps - start)))
  }

  private static func line(from start: Double, to end: Double, _ share: Double) -> Double {
    start + (end - start) * share
  }
}
