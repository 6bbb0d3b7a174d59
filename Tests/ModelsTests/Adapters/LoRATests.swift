import Architectures
import Autograd
import Kernels
import Models
import Testing

/// Adapters: what they change, what they leave alone, and what is left of them when they are merged.
@Suite struct LoRATests {
  private static let tokens = (0..<48).map { Int32(($0 * 37 + 11) % 64) }
  private static let targets = (0..<48).map { Int32(($0 * 29 + 5) % 64) }

  private func model(_ quantization: WeightQuantization = .absmean) -> Decoder {
    var configuration = Architecture(
      vocabularySize: 64, hiddenSize: 48, hiddenLayerCount: 2, attentionHeadCount: 4, keyValueHeadCount: 2,
      intermediateSize: 80, maximumPositionEmbeddings: 24)
    configuration.bitLinear = BitLinearConfiguration(weightQuantization: quantization)
    let model = Decoder(configuration, seed: 5)
    for parameter in model.parameters { parameter.replaceValue(parameter.value.bfloat16) }
    return model
  }

  private func logits(_ model: Decoder) -> [Float] {
    withoutGradients { model.logits(tokens: Self.tokens, length: 24).scalars }
  }

  /// What the linear layers multiply by.
  private func matrices(_ model: Decoder) -> [TernaryMatrix] {
    var all: [TernaryMatrix] = []
    model.forEachLinearLayer { _, layer in all += layer.quantization.map { [$0.matrix] } ?? [] }
    return all
  }

  /// Gives the factors B values, as training would.
  private func disturb(_ model: Decoder) {
    for (index, (name, parameter)) in model.adapterParameters.enumerated() where name.hasSuffix("lora_B.weight") {
      var random = RandomStream(seed: 9, purpose: .initialization, substream: UInt64(index))
      let values = (0..<parameter.shape.count).map { _ in (random.nextUniform() - 0.5) * 0.02 }
      parameter.replaceValue(Tensor(values, shape: parameter.shape))
    }
  }

  @Test(arguments: LoRAConfiguration.Placement.allCases, [WeightQuantization.absmean, .none])
  func freshAdaptersChangeNothing(_ placement: LoRAConfiguration.Placement, _ quantization: WeightQuantization) {
    let model = model(quantization)
    let before = logits(model)
    model.addAdapters(LoRAConfiguration(rank: 4, placement: placement), seed: 1)
    #expect(logits(model) == before)
    #expect(model.adapterParameters.count == 2 * 2 * 7)
  }

  @Test func onlyTheTargetsGetAdapters() {
    let model = model()
    model.addAdapters(LoRAConfiguration(rank: 3, targets: [.value, .down]), seed: 1)
    #expect(
      model.adapterParameters.map(\.name)
        == [0, 1].flatMap { layer in
          [
            "self_attn.v_proj.lora_A.weight", "self_attn.v_proj.lora_B.weight", "mlp.down_proj.lora_A.weight",
            "mlp.down_proj.lora_B.weight",
          ].map { "model.layers.\(layer).\($0)" }
        })
    #expect(model.adapterParameters[0].parameter.shape == [3, 48])
    #expect(model.adapterParameters[1].parameter.shape == [24, 3])
  }

  @Test(arguments: LoRAConfiguration.Placement.allCases)
  func gradientsExistForAdaptersAlone(_ placement: LoRAConfiguration.Placement) {
    let model = model()
    model.addAdapters(LoRAConfiguration(rank: 4, placement: placement), seed: 1)
    disturb(model)
    model.tokenLosses(tokens: Self.tokens, targets: Self.targets, length: 24).sum().backward()
    for (name, parameter) in model.namedParameters {
      let isAdapter = name.contains("lora_")
      #expect((parameter.gradient != nil) == isAdapter, "\(name)")
      #expect(parameter.isTrainable == isAdapter, "\(name)")
      if isAdapter { #expect(parameter.gradient?.scalars.contains { $0 != 0 } == true, "\(name)") }
    }
  }

  /// The slope of the loss along the gradient, measured in full precision where the loss is smooth.
  @Test(arguments: LoRAConfiguration.Placement.allCases)
  func gradientsAreThoseOfTheLoss(_ placement: LoRAConfiguration.Placement) {
    var configuration = model(.none).architecture
    configuration.bitLinear = BitLinearConfiguration(weightQuantization: .none)
    let model = Decoder(configuration, seed: 5)
    model.addAdapters(LoRAConfiguration(rank: 4, placement: placement), seed: 1)
    disturb(model)
    func loss() -> Double {
      let losses = withoutGradients { model.tokenLosses(tokens: Self.tokens, targets: Self.targets, length: 24) }
      return losses.scalars.reduce(0) { $0 + Double($1) }
    }
    model.tokenLosses(tokens: Self.tokens, targets: Self.targets, length: 24).sum().backward()
    for (name, parameter) in model.adapterParameters {
      guard let gradient = parameter.gradient?.scalars else { continue }
      let (values, square) = (parameter.value.scalars, gradient.reduce(0) { $0 + Double($1) * Double($1) })
      let step = 0.001 / square.squareRoot()
      func shifted(_ direction: Double) -> Double {
        parameter.replaceValue(
          Tensor(zip(values, gradient).map { $0 + Float(direction * step * Double($1)) }, shape: parameter.shape))
        return loss()
      }
      let slope = (shifted(1) - shifted(-1)) / (2 * step)
      parameter.replaceValue(Tensor(values, shape: parameter.shape))
      #expect(abs(slope - square) < 2e-2 * square + 1e-4, "\(name): \(slope) instead of \(square)")
    }
  }

  @Test func mergingInsideTheQuantizerChangesNoLogit() {
    let model = model()
    let (plain, plainMatrices) = (logits(model), matrices(model))
    #expect(plainMatrices.count == 2 * 7)
    model.addAdapters(LoRAConfiguration(rank: 4, placement: .inside), seed: 1)
    disturb(model)
    let adapted = logits(model)
    #expect(adapted != plain)
    let adaptedMatrices = matrices(model)
    #expect(zip(adaptedMatrices, plainMatrices).contains { $0.differences(from: $1) > 0 })
    model.mergeAdapters()
    #expect(logits(model) == adapted)
    #expect(matrices(model).count == adaptedMatrices.count)
    for (merged, adapted) in zip(matrices(model), adaptedMatrices) {
      #expect(merged.gamma == adapted.gamma && merged.differences(from: adapted) == 0)
    }
    #expect(model.adapterParameters.isEmpty)
    #expect(model.parameters.allSatisfy { $0.value.dataType == .bfloat16 && $0.isTrainable })
  }

  @Test func mergingBesideTheQuantizerIsLossy() {
    let model = model()
    model.addAdapters(LoRAConfiguration(rank: 4), seed: 1)
    disturb(model)
    let adapted = logits(model)
    model.mergeAdapters()
    #expect(logits(model) != adapted)
  }

  /// Dropout is a function of seed and micro-batch, off outside of training, and the same when a block is recomputed.
  @Test func dropoutIsDrawnPerMicroBatch() {
    let model = model()
    model.addAdapters(LoRAConfiguration(rank: 4, dropout: 0.5), seed: 1)
    disturb(model)
    func gradient(_ microBatch: Int, recomputing: Bool = false) -> [Float] {
      TrainingPass.$current.withValue(TrainingPass(seed: 3, microBatch: microBatch)) {
        Recomputation.$isEnabled.withValue(recomputing) {
          model.tokenLosses(tokens: Self.tokens, targets: Self.targets, length: 24).sum().backward()
        }
      }
      let gradients = model.adapterParameters.flatMap { $0.parameter.gradient?.scalars ?? [] }
      for parameter in model.parameters { parameter.gradient = nil }
      return gradients
    }
    let first = gradient(0)
    #expect(gradient(0) == first)
    #expect(gradient(0, recomputing: true) == first)
    #expect(gradient(1) != first)
    #expect(logits(model) == logits(model))
  }
}
