import Autograd
import Datasets
import Kernels
import ModelFormats
import Models
import Testing
import Training

/// The loop on a model with adapters: they alone change.
@Suite struct AdapterTrainingTests {
  @Test(arguments: LoRAConfiguration.Placement.allCases, [ComputeDataType.float32, .bfloat16])
  func theModelUnderAdaptersDoesNotChangeByABit(_ placement: LoRAConfiguration.Placement, _ dataType: ComputeDataType)
    throws
  {
    let model = BitNetForCausalLM(TinyBitNet.configuration, seed: 4)
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

  private func values(_ model: BitNetForCausalLM) -> [String: [Float]] {
    Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter.value.scalars) })
  }

  private final class FixedTokens: Objective {
    let causalModel: BitNetForCausalLM

    init(_ model: BitNetForCausalLM) { causalModel = model }

    var model: any Module { causalModel }

    func loss(ofMicroBatch number: Int) -> MicroBatchLoss? {
      let tokens = (0..<16).map { Int32(($0 * 5 + number) % 16) }
      let targets = tokens.map { ($0 + 1) % 16 }
      return MicroBatchLoss(
        sum: causalModel.tokenLosses(tokens: tokens, targets: targets, length: 8).sum(), tokenCount: tokens.count)
    }
  }
}
