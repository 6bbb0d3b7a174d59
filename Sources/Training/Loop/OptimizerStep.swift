import Autograd
import Kernels

/// One optimiser step: micro-batches, gradient norm, clipping, AdamW.
final class OptimizerStep {
  struct Result {
    /// The loss summed over all tokens of the step.
    var nats = 0.0
    var tokens = 0
    var bytes = 0
    var gradientNorm = 0.0
  }

  private let objective: any Objective
  private let optimizer: AdamW
  private let accumulationSteps: Int
  private let clipNorm: Double?
  private let gradientNorm: GradientNorm

  init(_ objective: any Objective, _ optimizer: AdamW, _ configuration: TrainingConfiguration) {
    self.objective = objective
    self.optimizer = optimizer
    accumulationSteps = configuration.gradientAccumulationSteps
    clipNorm = configuration.clipGradientNorm
    gradientNorm = GradientNorm(optimizer.slots)
  }

  /// - Parameter step: optimiser steps done before.
  func run(step: Int, learningRate: Double, weightDecay: Double) throws -> Result {
    do {
      var result = try accumulateGradients(step: step)
      let scale = 1 / Double(result.tokens)
      result.gradientNorm = try gradientNorm(optimizer.slots, step: step + 1) * scale
      let clipping = clipNorm.map { result.gradientNorm > $0 ? $0 / result.gradientNorm : 1 } ?? 1
      optimizer.update(
        step: step, learningRate: learningRate, weightDecay: weightDecay, gradientScale: scale * clipping)
      return result
    } catch {
      for slot in optimizer.slots { slot.parameter.gradient = nil }
      throw error
    }
  }

  private func accumulateGradients(step: Int) throws -> Result {
    var result = Result()
    for part in 0..<accumulationSteps {
      let loss = try objective.loss(ofMicroBatch: step * accumulationSteps + part)
      let nats = loss.sum.item
      guard nats.isFinite else {
        throw TrainingError.nonFiniteLoss(step: step + 1, microBatch: part + 1, tensor: firstNonFiniteParameter())
      }
      loss.sum.backward()
      result.nats += Double(nats)
      result.tokens += loss.tokenCount
      result.bytes += loss.byteCount
    }
    guard result.tokens > 0 else { throw TrainingError.noTargetTokens(step: step + 1) }
    return result
  }

  private func firstNonFiniteParameter() -> String? {
    objective.model.namedParameters.first { !$0.parameter.value.scalars.allSatisfy(\.isFinite) }?.name
  }
}
