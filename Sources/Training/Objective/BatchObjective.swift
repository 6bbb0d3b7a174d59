import Autograd
import Datasets
import Models

/// A model, its data and a loss: every kind of training is a choice of these three.
public final class BatchObjective: Objective {
  public var model: any Module { causalModel }
  private let causalModel: Decoder
  private let batches: any TrainingBatchSource
  private let loss: any BatchLoss
  private var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)

  public init(_ model: Decoder, batches: any TrainingBatchSource, loss: any BatchLoss) {
    causalModel = model
    self.batches = batches
    self.loss = loss
  }

  public func loss(ofMicroBatch number: Int) throws -> MicroBatchLoss? {
    guard try batches.fill(&batch, number: number) else { return nil }
    return try loss(causalModel, batch)
  }

  /// The loss of all micro-batches, for data that end.
  public func evaluate() throws -> LossSum {
    try withoutGradients {
      var total = LossSum()
      var number = 0
      while let part = try loss(ofMicroBatch: number) {
        total += part.loss(nats: Double(part.sum.item))
        number += 1
      }
      return total
    }
  }
}
