import Autograd
import Datasets
import Models

/// Direct preference optimisation and its relatives on pairs of answers, against a reference whose log-probabilities
/// were computed beforehand.
public final class PreferenceObjective: Objective {
  public var model: any Module { causalModel }
  private let causalModel: Decoder
  private let batches: PreferenceBatches
  private let reference: ReferenceLogProbabilities
  private let loss: PreferenceLoss

  /// - Parameter reference: of the pairs of the batches' dataset.
  public init(
    _ model: Decoder, batches: PreferenceBatches, reference: ReferenceLogProbabilities,
    loss: PreferenceLossConfiguration
  ) {
    causalModel = model
    self.batches = batches
    self.reference = reference
    self.loss = PreferenceLoss(configuration: loss)
  }

  public func loss(ofMicroBatch number: Int) throws -> MicroBatchLoss? {
    let rows = batches.pairs(ofBatch: number)
    guard !rows.isEmpty else { return nil }
    let policy = PairLogProbabilities(causalModel, try rows.map { try batches.dataset[$0] })
    let reference = reference.tensors(rows)
    return MicroBatchLoss(
      sum: loss(policy, reference: reference).sum(), pairCount: rows.count, tokenCount: policy.tokenCount,
      measures: PreferenceMeasures.sums(policy, reference: reference, beta: loss.configuration.beta))
  }

  /// The loss of all micro-batches, for batches that end.
  public func evaluate() throws -> LossSum {
    try withoutGradients {
      var total = LossSum()
      var number = 0
      while let part = try loss(ofMicroBatch: number) {
        total += LossSum(
          nats: Double(part.sum.item), tokens: part.tokenCount, bytes: part.byteCount, pairs: part.pairCount,
          measures: part.measures)
        number += 1
      }
      return total
    }
  }
}
