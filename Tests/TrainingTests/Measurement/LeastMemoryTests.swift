import Architectures
import Kernels
import Testing
import Training

@Suite struct LeastMemoryTests {
  private let model = Architecture(
    vocabularySize: 64, hiddenSize: 32, hiddenLayerCount: 2, attentionHeadCount: 4, keyValueHeadCount: 2,
    intermediateSize: 48, maximumPositionEmbeddings: 16)
  /// q, o: 32 × 32; k, v: 16 × 32; gate, up, down: 32 × 48; two layers.
  private let matrices = 2 * (2 * 1024 + 2 * 512 + 3 * 1536)
  private var others: Int { model.parameterCount - matrices }

  private func training(
    _ dataType: MasterWeightsConfiguration.DataType, _ rounding: MasterWeightsConfiguration.Rounding
  ) -> TrainingConfiguration {
    var training = TrainingConfiguration(limit: .steps(1))
    training.masterWeights = MasterWeightsConfiguration(dataType: dataType, rounding: rounding)
    return training
  }

  @Test func fullTrainingHoldsWeightsGradientsMomentsAndCodes() {
    func least(
      _ dataType: MasterWeightsConfiguration.DataType, _ rounding: MasterWeightsConfiguration.Rounding = .stochastic
    ) -> Int { TrainingWorkload(model: model, training: training(dataType, rounding)).leastMemoryBytes }
    #expect(least(.float32) == 16 * (matrices + others) + matrices)
    #expect(least(.bfloat16) == 14 * (matrices + others) + matrices)
    #expect(least(.bfloat16, .kahan) == 16 * (matrices + others) + matrices)
    var oneMoment = training(.float32, .stochastic)
    oneMoment.optimizer.kind = .lion
    let workload = TrainingWorkload(model: model, training: oneMoment)
    #expect(workload.leastMemoryBytes == 12 * (matrices + others) + matrices)
  }

  @Test func fullPrecisionHasNoCodes() {
    var model = model
    model.bitLinear.weightQuantization = .none
    let workload = TrainingWorkload(model: model, training: training(.float32, .stochastic))
    #expect(workload.leastMemoryBytes == 16 * (matrices + others))
  }

  /// Below what the steps of the same workload take.
  @Test func itIsNoMoreThanWhatTrainingTakes() throws {
    for checkpoints in [false, true] {
      var training = training(.bfloat16, .kahan)
      training.checkpointsActivations = checkpoints
      (training.batchSize, training.maximumSequenceLength) = (1, 4)
      let workload = TrainingWorkload(model: model, training: training)
      let taken = try BufferPool.$current.withValue(BufferPool()) {
        try TrainingBenchmark(workload, steps: 3).bufferBytes
      }
      #expect(workload.leastMemoryBytes <= taken)
    }
  }

  @Test func adaptersNeedGradientsAndMomentsForThemselvesAlone() {
    let workload = TrainingWorkload(
      model: model, training: training(.float32, .stochastic), lora: LoRAConfiguration(rank: 3, targets: [.key]),
      frozenDataType: .bfloat16)
    #expect(workload.leastMemoryBytes == 2 * (matrices + others) + matrices + 16 * 2 * 3 * (32 + 16))
  }

  @Test func whatTheMachineCannotHoldIsRefused() throws {
    let workload = TrainingWorkload(model: model, training: training(.float32, .stochastic))
    let bytes = workload.leastMemoryBytes
    try workload.requireMemory(of: bytes)
    let error = #expect(throws: ModelTooLarge.self) { try workload.requireMemory(of: bytes - 1) }
    #expect(error?.bytes == bytes && error?.availableBytes == bytes - 1)
  }
}
