import Autograd
import Datasets
import Kernels
import Models

/// Direct preference optimisation and its relatives on pairs of answers, where they have one against a reference whose
/// log-probabilities were computed beforehand.
public struct PairwiseLoss: BatchLoss {
  private let loss: PreferenceLoss
  private let reference: ReferenceLogProbabilities?

  /// - Parameter reference: of the pairs of the dataset that the batches are made of; nil for a kind without one.
  public init(_ configuration: PreferenceLossConfiguration, reference: ReferenceLogProbabilities?) {
    require(
      configuration.kind.hasReference == (reference != nil),
      "\(configuration.kind.rawValue) with\(reference == nil ? "out" : "") reference log-probabilities")
    loss = PreferenceLoss(configuration: configuration)
    self.reference = reference
  }

  /// - Parameter batch: of `PreferenceBatches`.
  public func callAsFunction(_ model: Decoder, _ batch: TrainingBatch) -> MicroBatchLoss {
    let pairCount = batch.batchSize / 2
    require(batch.exampleNumbers.count == batch.batchSize, "a batch that does not say which pairs it consists of")
    let policy = PairLogProbabilities(model, batch, includesPrompts: loss.formula.learnsPrompts)
    let reference = reference?.tensors(Array(batch.exampleNumbers[..<pairCount]))
    return MicroBatchLoss(
      sum: loss(policy, reference: reference).sum(), pairCount: pairCount, tokenCount: batch.predictedTokenCount,
      byteCount: batch.predictedByteCount,
      measures: PreferenceMeasures.sums(policy, reference: reference, loss.configuration))
  }
}
