import Autograd
import Datasets
import Models

/// Measures the likelihood of the target tokens of all batches: windows of a text, or held-out examples.
///
/// The losses of the tokens are added in double precision in the order of the data. A token's loss does not depend on
/// what else is in its batch, so the result for windows has the same bits for every batch size and thread count.
public struct Evaluator {
  private let batches: any TrainingBatchSource

  /// - Parameter batches: all that is to be measured, once.
  public init(_ batches: any TrainingBatchSource) {
    self.batches = batches
  }

  /// - Throws: what the data throw.
  public func callAsFunction(_ model: Decoder) throws -> LossSum {
    try withoutGradients {
      var total = LossSum()
      var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
      var number = 0
      while try batches.fill(&batch, number: number) {
        let losses = model.tokenLosses(batch)
        var nats = total.nats
        for index in 0..<losses.shape.count { nats += Double(losses.floats[index]) }
        total.nats = nats
        total.count(batch)
        number += 1
      }
      return total
    }
  }
}

extension LossSum {
  /// Counts the targets of a batch and the bytes that they stand for.
  package mutating func count(_ batch: TrainingBatch) {
    tokens += batch.predictedTokenCount
    bytes += batch.predictedByteCount
  }
}

extension Decoder {
  /// The cross-entropy in nats of every position of a batch against its target; 0 where nothing is predicted.
  /// - Returns: [batchSize · sequenceLength].
  public func tokenLosses(_ batch: TrainingBatch) -> Tensor {
    tokenLosses(
      tokens: batch.inputs, targets: batch.targets, length: batch.sequenceLength, documentStarts: batch.documentStarts)
  }
}
