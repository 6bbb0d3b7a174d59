import Autograd
import Datasets
import Models

/// Direct preference optimisation and its relatives on pairs of answers, against a reference whose log-probabilities
/// were computed beforehand.
public final class PreferenceObjective: Objective {
  public var model: any Module { causalModel }
  private let causalModel: BitNetForCausalLM
  private let pairs: any PreferencePairs
  private let reference: ReferenceLogProbabilities
  private let batchSize: Int
  /// Pairs of the whole run; nil: no end.
  private let sampleLimit: Int?
  private let loss: PreferenceLoss

  /// - Parameters:
  ///   - batchSize: pairs per micro-batch, of two sequences each.
  ///   - epochs: passes over the pairs; nil: as many as the loop takes steps.
  public init(
    _ model: BitNetForCausalLM, pairs: any PreferencePairs, reference: ReferenceLogProbabilities, batchSize: Int,
    epochs: Int? = nil, loss: PreferenceLossConfiguration
  ) {
    causalModel = model
    self.pairs = pairs
    self.reference = reference
    self.batchSize = batchSize
    sampleLimit = epochs.map { $0 * pairs.count }
    self.loss = PreferenceLoss(configuration: loss)
  }

  public func loss(ofMicroBatch number: Int) throws -> MicroBatchLoss? {
    let samples = number * batchSize..<min((number + 1) * batchSize, sampleLimit ?? .max)
    guard !samples.isEmpty else { return nil }
    return try loss(of: samples.map(pairs.row(ofSample:)))
  }

  /// - Parameter rows: of the pairs.
  private func loss(of rows: [Int]) throws -> MicroBatchLoss {
    let policy = PairLogProbabilities(causalModel, try rows.map(pairs.pair))
    let reference = reference.tensors(rows)
    return MicroBatchLoss(
      sum: loss(policy, reference: reference).sum(), pairCount: rows.count, tokenCount: policy.tokenCount,
      measures: PreferenceMeasures.sums(policy, reference: reference, beta: loss.configuration.beta))
  }

  /// The loss of all pairs in the order of their rows.
  public func evaluate() throws -> LossSum {
    try withoutGradients {
      var total = LossSum()
      for first in stride(from: 0, to: pairs.count, by: batchSize) {
        let part = try loss(of: Array(first..<min(first + batchSize, pairs.count)))
        total += LossSum(
          nats: Double(part.sum.item), tokens: part.tokenCount, bytes: part.byteCount, pairs: part.pairCount,
          measures: part.measures)
      }
      return total
    }
  }
}
