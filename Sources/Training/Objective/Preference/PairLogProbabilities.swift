import Autograd
import Datasets
import Kernels
import Models

/// The log-probabilities of the chosen and the rejected answers of some pairs, summed over each answer's tokens.
struct PairLogProbabilities {
  /// [pairs]
  let chosen: Tensor
  /// [pairs]
  let rejected: Tensor
  /// Tokens of each chosen answer.
  let chosenCounts: [Float]
  let rejectedCounts: [Float]

  /// Runs both answers of all pairs through the model in one batch, the chosen ones first.
  init(_ model: BitNetForCausalLM, _ pairs: [PreferenceExample]) {
    let examples = pairs.map(\.chosen) + pairs.map(\.rejected)
    let batch = TrainingBatch(padding: examples)
    let losses = model.tokenLosses(tokens: batch.inputs, targets: batch.targets, length: batch.sequenceLength)
    let sums = -losses.reshaped(to: [examples.count, batch.sequenceLength]).sum(axes: 1)
    chosen = sums.slice(0..<pairs.count)
    rejected = sums.slice(pairs.count..<2 * pairs.count)
    chosenCounts = pairs.map { Float($0.chosen.trainedTokenCount) }
    rejectedCounts = pairs.map { Float($0.rejected.trainedTokenCount) }
  }

  var tokenCount: Int { Int(chosenCounts.reduce(0, +) + rejectedCounts.reduce(0, +)) }
}

extension TrainingBatch {
  /// One row per example, as long as the longest; what is filled up is not predicted.
  init(padding examples: [TokenizedExample]) {
    let length = examples.map { $0.tokens.count - 1 }.max() ?? 0
    self.init(batchSize: examples.count, sequenceLength: max(1, length))
    for (row, example) in examples.enumerated() {
      let offset = row * sequenceLength
      for position in 0..<max(0, example.tokens.count - 1) {
        inputs[offset + position] = example.tokens[position]
        if example.isTrained[position + 1] { targets[offset + position] = example.tokens[position + 1] }
      }
    }
  }
}
