import Autograd
import Datasets
import Models

/// Measures a model on non-overlapping windows of a text.
///
/// The losses of the tokens are added in double precision in the order of the text. A token's loss does not depend on
/// what else is in its batch, so the result has the same bits for every batch size and thread count.
public struct Evaluator {
  private let windows: EvaluationWindows

  public init(_ windows: EvaluationWindows) {
    self.windows = windows
  }

  public func callAsFunction(_ model: Decoder) -> LossSum {
    withoutGradients {
      var total = LossSum()
      var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
      for number in 0..<windows.batchCount {
        windows.fill(&batch, number: number)
        let losses = model.tokenLosses(tokens: batch.inputs, targets: batch.targets, length: batch.sequenceLength)
        for index in 0..<losses.shape.count { total.nats += Double(losses.floats[index]) }
        let count = batch.predictedTokenCount
        total += LossSum(tokens: count, bytes: count)
      }
      return total
    }
  }
}
