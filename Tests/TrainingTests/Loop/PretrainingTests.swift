import Datasets
import Foundation
import Kernels
import Models
import Testing
import TestSupport
import Training

struct PretrainingTests {
  static func loop(
    _ model: Decoder, _ corpus: TextCorpus, steps: Int,
    change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> TrainingLoop {
    var configuration = TrainingConfiguration(
      maximumSequenceLength: 24, batchSize: 4, limit: .steps(steps),
      optimizer: OptimizerConfiguration(learningRate: 5e-3), schedule: ScheduleConfiguration(warmupSteps: 5))
    change(&configuration)
    let sampler = try WindowSampler(TinyBitNet.tokens(corpus), sequenceLength: 24, seed: 1)
    return TrainingLoop(
      BatchObjective(
        model, batches: WindowBatches(sampler, batchSize: configuration.batchSize), loss: LikelihoodLoss()),
      configuration: configuration, warmedUp: model, censusSource: model)
  }

  @Test func learnsAndCountsItsCodes() throws {
    let folder = try TemporaryDirectory()
    var metrics: [StepMetrics] = []
    let loop = try Self.loop(TinyBitNet.model(), TinyBitNet.corpus(in: folder), steps: 150)
    try loop.run { event in
      if case .logged(let line) = event { metrics.append(line) }
      return .continue
    }
    #expect(metrics.last!.loss < 2.8)
    #expect(metrics.last!.tokens == 150 * 4 * 24)
    let ternary = try #require(metrics.last?.ternary)
    #expect(
      ternary.kinds.map(\.name).sorted() == [
        "down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj",
      ])
    #expect(ternary.kinds.allSatisfy { (0.1...0.6).contains($0.zeroFraction) && $0.scale > 0 })
    #expect(metrics.allSatisfy { (0.001...0.6).contains($0.ternary?.flippedShare ?? 0) })
  }

  @Test func inSteadyStateNoMemoryIsAllocated() throws {
    let folder = try TemporaryDirectory()
    let corpus = try TinyBitNet.corpus(in: folder)
    let pool = BufferPool()
    try BufferPool.$current.withValue(pool) {
      var counts: [Int] = []
      let loop = try Self.loop(TinyBitNet.model(), corpus, steps: 12) {
        $0.logEverySteps = 3
        $0.gradientAccumulationSteps = 2
      }
      try loop.run { event in
        if case .stepped = event { counts.append(pool.statistics.systemAllocations) }
        return .continue
      }
      #expect(counts[1] > 0)
      #expect(Set(counts[1...]).count == 1)
    }
  }

  @Test(arguments: [WeightQuantization.none, .sign])
  func otherQuantisationsTrainToo(quantization: WeightQuantization) throws {
    let folder = try TemporaryDirectory()
    var configuration = TinyBitNet.configuration
    configuration.bitLinear.weightQuantization = quantization
    var losses: [Double] = []
    let loop = try Self.loop(Decoder(configuration, seed: 1), TinyBitNet.corpus(in: folder), steps: 60)
    try loop.run { event in
      if case .logged(let line) = event {
        losses.append(line.loss)
        #expect((line.ternary == nil) == (quantization == .none))
      }
      return .continue
    }
    #expect(losses.last! < losses.first! - 1)
  }
}
