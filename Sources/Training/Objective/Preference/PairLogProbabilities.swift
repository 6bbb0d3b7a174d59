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
  /// The mean over all tokens of all chosen answers, or over those of their prompts too.
  package let chosenNegativeLogLikelihood: Tensor

  /// - Parameter chosenNegativeLogLikelihood: nil: that of the answers alone.
  package init(
    chosen: Tensor, rejected: Tensor, chosenCounts: [Float], rejectedCounts: [Float],
    chosenNegativeLogLikelihood: Tensor? = nil
  ) {
    self.chosen = chosen
    self.rejected = rejected
    self.chosenCounts = chosenCounts
    self.rejectedCounts = rejectedCounts
    self.chosenNegativeLogLikelihood =
      chosenNegativeLogLikelihood ?? chosen.sum() * (-1 / chosenCounts.reduce(0, +))
  }

  /// Runs both answers of all pairs through the model.
  /// - Parameters:
  ///   - batch: the chosen answers, a row each, and behind them the rejected ones.
  ///   - includesPrompts: whether prompts count for the likelihood of the chosen answers.
  package init(_ model: Decoder, _ batch: TrainingBatch, includesPrompts: Bool = false) {
    let read = includesPrompts ? batch.predictingPrompts(ofRows: 0..<batch.batchSize / 2) : batch
    self.init(tokenLosses: model.tokenLosses(read), batch, includesPrompts: includesPrompts)
  }

  /// - Parameter tokenLosses: the cross-entropy of every position, [rows · length]; where prompts are included, theirs too.
  package init(tokenLosses: Tensor, _ batch: TrainingBatch, includesPrompts: Bool = false) {
    require(batch.batchSize.isMultiple(of: 2), "\(batch.batchSize) rows are no pairs")
    let pairs = batch.batchSize / 2
    let losses = tokenLosses.reshaped(to: [batch.batchSize, batch.sequenceLength])
    let sums = -(includesPrompts ? losses * batch.answerMask : losses).sum(axes: 1)
    let counts = batch.rowTokenCounts
    var likelihood: Tensor?
    if includesPrompts {
      let targets = batch.predictingPrompts(ofRows: 0..<pairs).rowTokenCounts[..<pairs].reduce(0, +)
      likelihood = losses.slice(0..<pairs).sum() * (1 / targets)
    }
    self.init(
      chosen: sums.slice(0..<pairs), rejected: sums.slice(pairs..<2 * pairs), chosenCounts: Array(counts[..<pairs]),
      rejectedCounts: Array(counts[pairs...]), chosenNegativeLogLikelihood: likelihood)
  }
}

extension TrainingBatch {
  /// The targets of each row.
  var rowTokenCounts: [Float] {
    (0..<batchSize).map { row in
      let targets = targets[row * sequenceLength..<(row + 1) * sequenceLength]
      return Float(targets.count { $0 != Self.ignoredTarget })
    }
  }

  /// 1 where there is a target, else 0.
  fileprivate var answerMask: Tensor {
    Tensor(targets.map { $0 == Self.ignoredTarget ? 0 : 1 }, shape: [batchSize, sequenceLength])
  }

  /// With the tokens in front of the last target of some rows as targets too.
  package func predictingPrompts(ofRows rows: Range<Int>) -> TrainingBatch {
    var result = self
    for row in rows {
      let positions = row * sequenceLength..<(row + 1) * sequenceLength
      guard let last = positions.last(where: { targets[$0] != Self.ignoredTarget }) else { continue }
      for position in positions.lowerBound..<last { result.targets[position] = inputs[position + 1] }
    }
    return result
  }
}
