import Autograd
import Datasets
import Foundation
import Kernels
import Testing
import TestSupport
import Training

struct EvaluatorTests {
  @Test func doesNotDependOnBatchSizeAndThreads() throws {
    let folder = try TemporaryDirectory()
    let corpus = try TinyBitNet.corpus(in: folder)
    let model = TinyBitNet.model()
    var results: [LossSum] = []
    for (batchSize, threads) in [(1, 1), (1, 2), (5, 1), (16, 3)] {
      let windows = try EvaluationWindows(
        TinyBitNet.tokens(corpus, ByteRange(100, nil)), sequenceLength: 24, batchSize: batchSize, maxTokens: 1000)
      try ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        results.append(try Evaluator(windows)(model))
      }
    }
    #expect(results.allSatisfy { $0 == results[0] })
    #expect(results[0].tokens == 1000 && results[0].bytes == 1000)
    #expect(abs(results[0].natsPerToken - log(256)) < 0.5)
  }

  @Test func sumsTheLossesOfAllTokensInOrder() throws {
    let folder = try TemporaryDirectory()
    let corpus = try TinyBitNet.corpus(in: folder)
    let model = TinyBitNet.model()
    let windows = try EvaluationWindows(
      TinyBitNet.tokens(corpus, ByteRange(0, 50)), sequenceLength: 20, batchSize: 2)
    var expected = 0.0
    for start in [0, 20, 40] {
      let end = min(start + 20, 49)
      let bytes = try corpus.bytes(in: start..<end + 1).map { Int32($0) }
      let losses = model.tokenLosses(
        tokens: Array(bytes.dropLast()), targets: Array(bytes.dropFirst()), length: end - start)
      for loss in losses.scalars { expected += Double(loss) }
    }
    #expect(try Evaluator(windows)(model) == LossSum(nats: expected, tokens: 49, bytes: 49))
  }
}
