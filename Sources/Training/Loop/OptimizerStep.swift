import Autograd
import Kernels

/// One optimiser step: micro-batches, gradient norm, clipping, update.
final class OptimizerStep {
  struct Result {
    var loss = LossSum()
    /// What gradients and loss were divided by.
    var divisor = 0
    /// Of the mean loss, before clipping.
    var gradientNorm = 0.0
  }

  private let objective: any Objective
  private let optimizer: any Optimizer
  private let accumulationSteps: Int
  private let clipNorm: Double?
  private let gradientNorm: GradientNorm
  private let seed: UInt64

  init(_ objective: any Objective, _ optimizer: any Optimizer, _ configuration: TrainingConfiguration) {
    self.objective = objective
    self.optimizer = optimizer
    accumulationSteps = configuration.gradientAccumulationSteps
    clipNorm = configuration.clipGradientNorm
    gradientNorm = GradientNorm(optimizer)
    seed = configuration.seed
  }

  /// - Parameter step: optimiser steps done before.
  func run(step: Int, learningRate: Double, weightDecay: Double) throws -> Result {
    do {
      var result = try accumulateGradients(step: step)
      let scale = 1 / Double(result.divisor)
      let norm = try gradientNorm(optimizer, step: step + 1) * scale
      let clipping = clipNorm.map { norm > $0 ? $0 / norm : 1 } ?? 1
      optimizer.update(
        step: step, learningRate: learningRate, weightDecay: weightDecay, gradientScale: scale * clipping)
      result.gradientNorm = norm
      return result
    } catch {
      for (_, parameter) in optimizer.parameters { parameter.gradient = nil }
      throw error
    }
  }

  private func accumulateGradients(step: Int) throws -> Result {
    var total = Result()
    for part in 0..<accumulationSteps {
      let number = step * accumulationSteps + part
      let isThere = try TrainingPass.$current.withValue(TrainingPass(seed: seed, microBatch: number)) {
        guard let loss = try objective.loss(ofMicroBatch: number) else { return false }
        let nats = loss.sum.item
        guard nats.isFinite else {
          throw TrainingError.nonFiniteLoss(step: step + 1, microBatch: part + 1, tensor: firstNonFiniteParameter())
        }
        loss.sum.backward()
        total.add(loss, nats: Double(nats))
        return true
      }
      guard isThere else { break }
    }
    guard total.loss.tokens > 0 else { throw TrainingError.noTargetTokens(step: step + 1) }
    return total
  }

  private func firstNonFiniteParameter() -> String? {
    objective.model.namedParameters.first { !$0.parameter.value.scalars.allSatisfy(\.isFinite) }?.name
  }
}

extension OptimizerStep.Result {
  fileprivate mutating func add(_ part: MicroBatchLoss, nats: Double) {
    divisor += part.divisor
    loss += part.loss(nats: nats)
  }
}
