import Architectures
import Autograd
import Datasets
import Kernels
import Models
import Testing
import Training

/// The loop on a model with adapters: they alone change.
@Suite struct AdapterTrainingTests {
  @Test(arguments: LoRAConfiguration.Placement.allCases, [ComputeDataType.float32, .bfloat16])
  func theModelUnderAdaptersDoesNotChangeByABit(_ placement: LoRAConfiguration.Placement, _ dataType: ComputeDataType)
    throws
  {
    let model = Decoder(TinyBitNet.configuration, seed: 4)
    model.addAdapters(LoRAConfiguration(rank: 2, alpha: 4, placement: placement), seed: 5)
    let before = values(model)
    var configuration = TrainingConfiguration(batchSize: 2, limit: .steps(6), computeDataType: dataType)
    configuration.maximumSequenceLength = 8
    configuration.optimizer.weightDecay = 0.1
    try TrainingLoop(FixedTokens(model), configuration: configuration).run()
    let after = values(model)
    #expect(before.keys == after.keys)
    for (name, value) in before {
      #expect((after[name] == value) == !name.contains("lora_"), "\(name)")
    }
  }

  /// What a block drops in the backward pass that computes it again is what it dropped in the forward pass.
  @Test(arguments: LoRAConfiguration.Placement.allCases, [ComputeDataType.float32, .bfloat16])
  func recomputedBlocksGiveTheSameBytes(_ placement: LoRAConfiguration.Placement, _ dataType: ComputeDataType) throws {
    let kept = try recomputationRun(placement, dataType, recomputing: false)
    let recomputed = try recomputationRun(placement, dataType, recomputing: true)
    #expect(kept.log == recomputed.log)
    #expect(kept.values == recomputed.values)
    #expect(kept.moments == recomputed.moments)
    guard placement == .beside else { return }
    let undropped = try recomputationRun(placement, dataType, recomputing: true, dropout: 0)
    #expect(undropped.values != kept.values, "dropout changes nothing")
  }

  private struct RecomputationRun {
    /// Loss and gradient norm of every step.
    var log: [[Double]] = []
    var values: [String: [Float]] = [:]
    var moments: [[Float]] = []
  }

  /// Adapters inside the quantiser have no input of their own to drop.
  private func recomputationRun(
    _ placement: LoRAConfiguration.Placement, _ dataType: ComputeDataType, recomputing: Bool, dropout: Double? = nil
  ) throws -> RecomputationRun {
    let model = Decoder(TinyBitNet.configuration, seed: 4)
    let dropout = dropout ?? (placement == .beside ? 0.3 : 0)
    model.addAdapters(LoRAConfiguration(rank: 2, alpha: 4, dropout: dropout, placement: placement), seed: 5)
    let loop = TrainingLoop(
      FixedTokens(model),
      configuration: TrainingConfiguration(
        maximumSequenceLength: 8, batchSize: 2, gradientAccumulationSteps: 2, limit: .steps(6),
        optimizer: OptimizerConfiguration(learningRate: 1e-2), computeDataType: dataType,
        checkpointsActivations: recomputing, logEverySteps: 1))
    var run = RecomputationRun()
    try loop.run { event in
      if case .logged(let metrics) = event { run.log.append([metrics.loss, metrics.gradientNorm]) }
      return .continue
    }
    run.values = values(model)
    run.moments = loop.optimizer.state.map(\.scalars)
    return run
  }

  private func values(_ model: Decoder) -> [String: [Float]] {
    Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter.value.scalars) })
  }

  private final class FixedTokens: Objective {
    let causalModel: Decoder

    init(_ model: Decoder) { causalModel = model }

    var model: any Module { causalModel }

    func loss(ofMicroBatch number: Int) -> MicroBatchLoss? {
      let tokens = (0..<16).map { Int32(($0 * 5 + number) % 16) }
      let targets = tokens.map { ($0 + 1) % 16 }
      return MicroBatchLoss(
        sum: causalModel.tokenLosses(tokens: tokens, targets: targets, length: 8).sum(), tokenCount: tokens.count,
        byteCount: tokens.count)
    }
  }
}
