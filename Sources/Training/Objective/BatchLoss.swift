import Autograd
import Datasets
import Models

/// How a model and a batch become a loss: what is summed, what the sum is divided by, and what else is measured.
public protocol BatchLoss {
  /// Recorded for a backward pass.
  func callAsFunction(_ model: Decoder, _ batch: TrainingBatch) throws -> MicroBatchLoss
}

extension Decoder {
  /// The cross-entropy in nats of every position of a batch against its target; 0 where nothing is predicted.
  /// - Returns: [batchSize · sequenceLength].
  public func tokenLosses(_ batch: TrainingBatch) -> Tensor {
    tokenLosses(
      tokens: batch.inputs, targets: batch.targets, length: batch.sequenceLength, documentStarts: batch.documentStarts)
  }
}
