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

  /// Runs both answers of all pairs through the model in one batch, the chosen ones first.
  package init(_ model: Decoder, _ pairs: [PreferenceExample]) {
    let examples = pairs.map(\.chosen) + pairs.map(\.rejected)
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    batch.setRows(examples)
    let losses = model.tokenLosses(tokens: batch.inputs, targets: batch.targets, length: batch.sequenceLength)
    let sums = -losses.reshaped(to: [examples.count, batch.sequenceLength]).sum(axes: 1)
    chosen = sums.slice(0..<pairs.count)
    rejected = sums.slice(pairs.count..<2 * pairs.count)
    chosenCounts = pairs.map { Float($0.chosen.trainedTokenCount) }
    rejectedCounts = pairs.map { Float($0.rejected.trainedTokenCount) }
  }

  var tokenCount: Int { Int(chosenCounts.reduce(0, +) + rejectedCounts.reduce(0, +)) }
}
