import Autograd
import Datasets
import Models

/// Measures a model on the trained tokens of held-out examples.
///
/// The losses are added in double precision in the order of the examples.
public struct ExampleEvaluator {
  private let batches: any TrainingBatchSource

  /// - Parameter batches: every example once.
  public init(_ batches: any TrainingBatchSource) {
    self.batches = batches
  }

  public func callAsFunction(_ model: Decoder) throws -> LossSum {
    try withoutGradients {
      var total = LossSum()
      var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
      var number = 0
      while try batches.fill(&batch, number: number) {
        let losses = model.tokenLosses(
          tokens: batch.inputs, targets: batch.targets, length: batch.sequenceLength,
          documentStarts: batch.documentStarts)
        for index in 0..<losses.shape.count { total.nats += Double(losses.floats[index]) }
        let count = batch.predictedTokenCount
        total += LossSum(tokens: count, bytes: count)
        number += 1
      }
      return total
    }
  }
}
