import Autograd
import Datasets
import Models

/// Next-token prediction on windows of a text.
public final class PretrainingObjective: Objective {
  public var model: any Module { causalModel }
  private let causalModel: Decoder
  private let sampler: WindowSampler
  private var batch: TrainingBatch

  /// - Parameter batchSize: windows per micro-batch.
  public init(_ model: Decoder, sampler: WindowSampler, batchSize: Int) {
    causalModel = model
    self.sampler = sampler
    batch = TrainingBatch(batchSize: batchSize, sequenceLength: sampler.sequenceLength)
  }

  public func loss(ofMicroBatch number: Int) -> MicroBatchLoss? {
    sampler.fill(&batch, number: UInt64(number))
    let losses = causalModel.tokenLosses(
      tokens: batch.inputs, targets: batch.targets, length: batch.sequenceLength, documentStarts: batch.documentStarts)
    return MicroBatchLoss(sum: losses.sum(), tokenCount: batch.predictedTokenCount)
  }
}
