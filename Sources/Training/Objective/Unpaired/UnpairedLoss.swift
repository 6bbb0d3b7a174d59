import Autograd
import Datasets
import Kernels
import Models

/// The loss of single answers that are good or bad, against a reference whose log-probabilities were computed beforehand.
public struct UnpairedLoss: BatchLoss {
  private let loss: KahnemanTverskyLoss
  private let labels: [Bool]
  private let reference: UnpairedReference

  /// - Parameters:
  ///   - labels: of the answers of the dataset that the batches are made of, whether they are good.
  ///   - reference: of these batches.
  public init(_ configuration: UnpairedLossConfiguration, labels: [Bool], reference: UnpairedReference) {
    require(labels.count == reference.answers.count, "\(labels.count) labels of \(reference.answers.count) answers")
    loss = KahnemanTverskyLoss(configuration)
    (self.labels, self.reference) = (labels, reference)
  }

  /// - Parameter batch: of `UnpairedBatches`.
  public func callAsFunction(_ model: Decoder, _ batch: TrainingBatch) -> MicroBatchLoss {
    let count = batch.batchSize / 2
    require(batch.exampleNumbers.count == batch.batchSize, "a batch that does not say which answers it consists of")
    let numbers = Array(batch.exampleNumbers[..<count])
    let answers = batch.rows(0..<count)
    // The divergence is an estimate, not something to be learnt.
    let mismatched = withoutGradients { model.rowLogProbabilities(batch.rows(count..<2 * count)).scalars }
    let policy = model.rowLogProbabilities(answers)
    let divergence = KahnemanTverskyLoss.divergence(
      policy: mismatched, reference: numbers.map { reference.mismatched[$0] })
    let ratios = policy - Tensor(numbers.map { reference.answers[$0] }, shape: policy.shape)
    let labels = numbers.map { self.labels[$0] }
    let losses = loss(ratios, isDesirable: labels, divergence: divergence)
    return MicroBatchLoss(
      sum: losses.sum(), pairCount: count, tokenCount: answers.predictedTokenCount,
      byteCount: answers.predictedByteCount,
      measures: measures(ratios.scalars, policy.scalars, answers.rowTokenCounts, labels, divergence))
  }

  /// Sums over the answers, with c and z as in the formula:
  /// - `kl`: z, which is one for all answers of a micro-batch.
  /// - `rewards_margin`: ±β(c − z), + for good answers; `rewards_accuracy`: the share of answers that are on their side of z.
  /// - `logps`: log-probabilities under the policy; `log_ratio_per_token`: c per token of the answer.
  private func measures(
    _ ratios: [Float], _ policy: [Float], _ counts: [Float], _ labels: [Bool], _ divergence: Double
  ) -> [String: Double] {
    var sums = ["kl": divergence * Double(ratios.count), "logps": policy.reduce(0) { $0 + Double($1) }]
    for (index, ratio) in ratios.enumerated() {
      let margin = (Double(ratio) - divergence) * (labels[index] ? 1 : -1)
      sums["rewards_margin", default: 0] += margin * loss.configuration.beta
      sums["rewards_accuracy", default: 0] += margin > 0 ? 1 : 0
      sums["log_ratio_per_token", default: 0] += Double(ratio / counts[index])
    }
    return sums
  }
}

extension Decoder {
  /// The log-probability of the targets of each row, [rows].
  func rowLogProbabilities(_ batch: TrainingBatch) -> Tensor {
    -tokenLosses(batch).reshaped(to: [batch.batchSize, batch.sequenceLength]).sum(axes: 1)
  }
}
