import Autograd
import Datasets
import Kernels
import Models

/// The log-probabilities of the chosen and the rejected answers of some pairs, summed over each answer's tokens.
package struct PairLogProbabilities {
  /// [pairs]
  package let chosen: Tensor
  /// [pairs]
  package let rejected: Tensor
  /// Tokens of each chosen answer.
  package let chosenCounts: [Float]
  package let rejectedCounts: [Float]

  package init(chosen: Tensor, rejected: Tensor, chosenCounts: [Float], rejectedCounts: [Float]) {
    self.chosen = chosen
    self.rejected = rejected
    self.chosenCounts = chosenCounts
    self.rejectedCounts = rejectedCounts
  }

  /// Runs both answers of all pairs through the model.
  /// - Parameter batch: the chosen answers, a row each, and behind them the rejected ones.
  package init(_ model: Decoder, _ batch: TrainingBatch) {
    require(batch.batchSize.isMultiple(of: 2), "\(batch.batchSize) rows are no pairs")
    let pairs = batch.batchSize / 2
    let sums = -model.tokenLosses(batch).reshaped(to: [batch.batchSize, batch.sequenceLength]).sum(axes: 1)
    let counts = batch.rowTokenCounts
    chosen = sums.slice(0..<pairs)
    rejected = sums.slice(pairs..<2 * pairs)
    chosenCounts = Array(counts[..<pairs])
    rejectedCounts = Array(counts[pairs...])
  }
}

extension TrainingBatch {
  /// The targets of each row.
  fileprivate var rowTokenCounts: [Float] {
    (0..<batchSize).map { row in
      let targets = targets[row * sequenceLength..<(row + 1) * sequenceLength]
      return Float(targets.count { $0 != Self.ignoredTarget })
    }
  }
}
