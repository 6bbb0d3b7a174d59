import Autograd
import Datasets
import Foundation
import Models
import TestSupport
import Testing
import Training

/// What it takes to train on a loss and on data of one's own: the two types below.
@Suite struct OwnLossTests {
  /// Cross-entropy with the logarithm of the partition function held near 0 (z-loss, arXiv 2204.02311), and its size as
  /// a measure.
  private struct RegularizedLikelihood: BatchLoss {
    let weight: Float

    func callAsFunction(_ model: Decoder, _ batch: TrainingBatch) -> MicroBatchLoss {
      let logits = model.logits(tokens: batch.inputs, length: batch.sequenceLength)
      let scores = logits.logSoftmax()
      let partitions = (logits - scores).mean(axes: 1)
      let squares = partitions * partitions
      return MicroBatchLoss(
        sum: scores.gather(batch.targets).sum() * -1 + squares.sum() * weight, tokenCount: batch.predictedTokenCount,
        byteCount: batch.predictedByteCount, measures: ["log_partition_squared": Double(squares.sum().item)])
    }
  }

  /// One line, said again and again.
  private struct Mantra: TrainingBatchSource {
    let batchCount: Int? = nil
    let byteCounts = TokenByteCounts(DigramTokenizer([]))

    func fill(_ batch: inout TrainingBatch, number: Int) -> Bool {
      batch = TrainingBatch(batchSize: 1, sequenceLength: 12)
      let text = Array("again, again".utf8).map(Int32.init)
      batch.inputs = text
      batch.targets = text.dropFirst() + [10]
      batch.tokenByteCounts = byteCounts
      return true
    }
  }

  @Test func aLossAndDataOfOnesOwnTrain() throws {
    var lines: [StepMetrics] = []
    let loop = TrainingLoop(
      BatchObjective(TinyBitNet.model(), batches: Mantra(), loss: RegularizedLikelihood(weight: 1e-3)),
      configuration: TrainingConfiguration(
        maximumSequenceLength: 12, batchSize: 1, limit: .steps(60),
        optimizer: OptimizerConfiguration(learningRate: 5e-3)
      ))
    try loop.run { event in
      if case .logged(let metrics) = event { lines.append(metrics) }
      return .continue
    }
    let (first, last) = (try #require(lines.first), try #require(lines.last))
    #expect(last.loss < first.loss / 2)
    #expect(try #require(last.bitsPerByte) < 3)
    let measure = { (line: StepMetrics) in line.measures.first { $0.name == "log_partition_squared" }?.value ?? 0 }
    #expect(measure(first) > 20 && measure(last) < measure(first))
  }
}
