import Datasets
import Models

/// What the sum over the tokens of an optimiser step is divided by.
public enum LossReduction: String, CaseIterable, Sendable {
  /// Its number of trained tokens.
  case mean
  /// Its number of examples, so that every token weighs the same in all steps, however many tokens a step has
  /// (BitNet b1.58 2B4T, arXiv 2504.12285 §3.2).
  case sum
}

/// The negative log-likelihood of the target tokens: pretraining, and supervised fine-tuning (SFT).
public struct LikelihoodLoss: BatchLoss {
  public let reduction: LossReduction

  public init(_ reduction: LossReduction = .mean) {
    self.reduction = reduction
  }

  public func callAsFunction(_ model: Decoder, _ batch: TrainingBatch) -> MicroBatchLoss {
    MicroBatchLoss(
      sum: model.tokenLosses(batch).sum(), tokenCount: batch.predictedTokenCount, byteCount: batch.predictedByteCount,
      divisor: reduction == .sum ? batch.trainedDocumentCount : nil)
  }
}

extension TrainingBatch {
  /// The documents with at least one target.
  var trainedDocumentCount: Int {
    var count = 0
    for row in 0..<batchSize {
      var counted: Int32?
      for index in row * sequenceLength..<(row + 1) * sequenceLength where targets[index] != Self.ignoredTarget {
        let start = documentStarts?[index] ?? 0
        if counted != start { count += 1 }
        counted = start
      }
    }
    return count
  }
}
