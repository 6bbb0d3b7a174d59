import Datasets
import Inference
import Training

/// Measures a packed model as `Evaluator` does a trainable one: the same windows, the same order of summation.
package struct RuntimeEvaluator {
  private let windows: EvaluationWindows

  package init(windows: EvaluationWindows) { self.windows = windows }

  /// - Throws: `InferenceError`, `CorpusError` when the text can no longer be read.
  package func callAsFunction(_ model: RuntimeModel) throws -> LossSum {
    let session = InferenceSession(model, positionLimit: windows.sequenceLength)
    var total = LossSum()
    try windows.forEachBatch { batch in
      for row in 0..<batch.batchSize {
        let range = row * batch.sequenceLength..<(row + 1) * batch.sequenceLength
        let losses = try model.losses(
          session, inputs: Array(batch.inputs[range]), targets: Array(batch.targets[range]))
        for loss in losses { total.nats += Double(loss) }
      }
      total.count(batch)
    }
    return total
  }
}
