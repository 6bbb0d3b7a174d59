import Architectures
import Autograd
import Kernels
import Layers
import Models
import Testing

/// The strength at which layers quantise: at its ends, a model is one of full precision and a BitNet, bit for bit.
@Suite struct PartlyQuantizedLayerTests {
  private static func architecture(_ quantization: WeightQuantization) -> Architecture {
    Architecture(
      vocabularySize: 20, hiddenSize: 16, hiddenLayerCount: 2, attentionHeadCount: 2, keyValueHeadCount: 1,
      intermediateSize: 24, biases: [.query, .down], maximumPositionEmbeddings: 8,
      bitLinear: BitLinearConfiguration(weightQuantization: quantization))
  }

  /// The loss of each token and the gradient of each parameter.
  private static func bits(_ model: Decoder) -> [[UInt32]] {
    for parameter in model.parameters { parameter.gradient = nil }
    let tokens = (0..<16).map { Int32($0 * 7 % 20) }
    let losses = model.tokenLosses(tokens: tokens, targets: tokens.map { ($0 + 1) % 20 }, length: 8)
    losses.sum().backward()
    return ([losses] + model.parameters.map(\.gradient)).map { $0?.scalars.map(\.bitPattern) ?? [] }
  }

  @Test(arguments: [WeightQuantization.absmean, .sign])
  func endsAreFullPrecisionAndBitNet(_ quantization: WeightQuantization) {
    let model = Decoder(Self.architecture(quantization), seed: 3)
    #expect(model.quantizationStrength == 1)
    let untouched = Self.bits(model)
    model.setQuantizationStrength { _, _ in 0 }
    #expect(model.quantizationStrength == 0)
    let none = Self.bits(model)
    #expect(none == Self.bits(Decoder(Self.architecture(.none), seed: 3)))
    model.setQuantizationStrength { _, _ in 0.5 }
    let half = Self.bits(model)
    #expect(half != none && half != untouched)
    model.setQuantizationStrength { _, _ in 1 }
    #expect(Self.bits(model) == untouched)
  }

  @Test func blocksHaveStrengthsOfTheirOwn() {
    let model = Decoder(Self.architecture(.absmean), seed: 3)
    model.setQuantizationStrength { block, count in
      #expect(count == 2)
      return block == 0 ? 1 : 0.5
    }
    #expect(model.quantizationStrength == 0.75)
    model.forEachLinearLayer { name, layer in
      #expect((layer as? BitLinear)?.quantizationStrength == (name.hasPrefix("model.layers.0.") ? 1 : 0.5))
    }
  }

  /// Whoever recomputes a block in the backward pass sees it at the same strength.
  @Test func recomputationChangesNothing() {
    let model = Decoder(Self.architecture(.absmean), seed: 3)
    model.setQuantizationStrength { _, _ in 0.25 }
    let kept = Self.bits(model)
    #expect(Recomputation.$isEnabled.withValue(true) { Self.bits(model) } == kept)
  }

  @Test func adaptersAndFullPrecisionHaveNone() {
    let frozen = Decoder(Self.architecture(.absmean), seed: 3)
    frozen.addAdapters(LoRAConfiguration(rank: 2), seed: 1)
    for model in [frozen, Decoder(Self.architecture(.none), seed: 3)] {
      let before = Self.bits(model)
      model.setQuantizationStrength { _, _ in 0.5 }
      #expect(Self.bits(model) == before && model.quantizationStrength == 1)
    }
  }
}
