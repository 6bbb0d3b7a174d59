import Autograd
import Kernels

/// One optimiser step: micro-batches, gradient norm, clipping, AdamW.
final class OptimizerStep {
  struct Result {
    var loss = LossSum()
    /// Of the mean loss, before clipping.
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
      let loss = try accumulateGradients(step: step)
      let scale = 1 / Double(loss.tokens)
      let norm = try gradientNorm(optimizer.slots, step: step + 1) * scale
      let clipping = clipNorm.map { norm > $0 ? $0 / norm : 1 } ?? 1
      optimizer.update(
        step: step, learningRate: learningRate, weightDecay: weightDecay, gradientScale: scale * clipping)
      return Result(loss: loss, gradientNorm: norm)
    } catch {
      for slot in optimizer.slots { slot.parameter.gradient = nil }
      throw error
    }
  }

  private func accumulateGradients(step: Int) throws -> LossSum {
    var total = LossSum()
    for part in 0..<accumulationSteps {
      let loss = try objective.loss(ofMicroBatch: step * accumulationSteps + part)
      let nats = loss.sum.item
      guard nats.isFinite else {
        throw TrainingError.nonFiniteLoss(step: step + 1, microBatch: part + 1, tensor: firstNonFiniteParameter())
      }
      loss.sum.backward()
      total += LossSum(nats: Double(nats), tokens: loss.tokenCount, bytes: loss.byteCount)
    }
    guard total.tokens > 0 else { throw TrainingError.noTargetTokens(step: step + 1) }
    return total
  }

  private func firstNonFiniteParameter() -> String? {
    objective.model.namedParameters.first { !$0.parameter.value.scalars.allSatisfy(\.isFinite) }?.name
  }
}
