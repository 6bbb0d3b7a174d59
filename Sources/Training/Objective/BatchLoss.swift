import Datasets
import Models

/// How a model and a batch become a loss: what is summed, what the sum is divided by, and what else is measured.
public protocol BatchLoss {
  /// Recorded for a backward pass.
  func callAsFunction(_ model: Decoder, _ batch: TrainingBatch) throws -> MicroBatchLoss
}
