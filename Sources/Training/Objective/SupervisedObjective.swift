import Autograd
import Datasets
import Models

/// Supervised fine-tuning (SFT): the likelihood of the trained tokens of examples.
public final class SupervisedObjective: Objective {
  public var model: any Module { causalModel }
  private let causalModel: Decoder
  private let batches: any TrainingBatchSource
  private let reduction: LossReduction
  private var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)

  public init(_ model: Decoder, batches: any TrainingBatchSource, reduction: LossReduction = .mean) {
    causalModel = model
    self.batches = batches
    self.reduction = reduction
  }

  public func loss(ofMicroBatch number: Int) throws -> MicroBatchLoss? {
    guard try batches.fill(&batch, number: number) else { return nil }
    let losses = causalModel.tokenLosses(
      tokens: batch.inputs, targets: batch.targets, length: batch.sequenceLength, documentStarts: batch.documentStarts)
    return MicroBatchLoss(
      sum: losses.sum(), tokenCount: batch.predictedTokenCount,
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
