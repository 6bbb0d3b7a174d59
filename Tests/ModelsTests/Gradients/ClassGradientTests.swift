import Architectures
import Autograd
import Kernels
import Models
import Testing

/// Gradients of what not every class has, against finite differences of the loss.
@Suite struct ClassGradientTests {
  private static let tokens = (0..<36).map { Int32(($0 * 37 + 11) % 29) }
  private static let targets = (0..<36).map { Int32(($0 * 17 + 5) % 29) }

  /// Full precision: codes would make steps of the loss.
  private static func model(
    biases: Set<Projection> = [], normalizesHeads: Bool = false, subNorms: Architecture.SubNorms = .none
  ) -> Decoder {
    let architecture = Architecture(
      vocabularySize: 29, hiddenSize: 24, hiddenLayerCount: 2, attentionHeadCount: 4, keyValueHeadCount: 2,
      headDimension: 8, intermediateSize: 40, hiddenActivation: .silu, subNorms: subNorms, biases: biases,
      normalizesHeads: normalizesHeads, maximumPositionEmbeddings: 12, initializerRange: 0.2,
      bitLinear: BitLinearConfiguration(weightQuantization: .none))
    let model = Decoder(architecture, seed: 3)
    // Biases of 0 and gains of 1 would hide one that is left out or mixed up.
    var random = RandomStream(seed: 8, purpose: .shuffle)
    for parameter in model.parameters where parameter.role != .matrix && parameter.role != .embedding {
      let offset: Float = parameter.role == .norm ? 0.5 : -0.5
      parameter.replaceValue(
        Tensor((0..<parameter.shape.count).map { _ in offset + random.nextUniform() }, shape: parameter.shape))
    }
    return model
  }

  private static func loss(_ model: Decoder) -> Double {
    withoutGradients { model.tokenLosses(tokens: tokens, targets: targets, length: 12) }.scalars
      .reduce(0) { $0 + Double($1) }
  }

  /// d loss / d element by a central difference of fourth order, in which float32 leaves about four digits.
  private static func slope(_ model: Decoder, _ parameter: Parameter, _ element: Int) -> Double {
    let (values, step) = (parameter.value.scalars, Float(0.02))
    defer { parameter.replaceValue(Tensor(values, shape: parameter.shape)) }
    func moved(_ steps: Float) -> Double {
      var shifted = values
      shifted[element] += steps * step
      parameter.replaceValue(Tensor(shifted, shape: parameter.shape))
      return loss(model)
    }
    return (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * Double(step))
  }

  /// - Parameter suffixes: of the parameters to check; there is one of each in both layers.
  private func check(_ model: Decoder, _ suffixes: [String], at location: SourceLocation = #_sourceLocation) {
    BackwardPrecision.$current.withValue(.float32) {
      model.tokenLosses(tokens: Self.tokens, targets: Self.targets, length: 12).sum().backward()
    }
    let checked = model.namedParameters.filter { name, _ in suffixes.contains { name.hasSuffix($0) } }
    #expect(checked.count == 2 * suffixes.count, sourceLocation: location)
    for (name, parameter) in checked {
      guard let gradient = parameter.gradient?.scalars else {
        Issue.record("\(name) has no gradient", sourceLocation: location)
        continue
      }
      let largest = gradient.map(abs).max() ?? 0
      for element in gradient.indices {
        let (found, expected) = (Double(gradient[element]), Self.slope(model, parameter, element))
        #expect(
          abs(found - expected) < 2e-3 * (Double(largest) + 1), "\(name)[\(element)]: \(found) instead of \(expected)",
          sourceLocation: location)
      }
    }
  }

  @Test func biasesOfQwen2() {
    let model = Self.model(biases: [.query, .key, .value])
    check(model, ["q_proj.bias", "k_proj.bias", "v_proj.bias"])
    // A bias of the keys adds the same to all scores of a query, but for the rotation, which tells positions apart.
    let keys = model.namedParameters.filter { $0.name.hasSuffix("k_proj.bias") }
    #expect(keys.allSatisfy { $0.parameter.gradient?.scalars.contains { abs($0) > 1e-3 } == true })
  }

  @Test func normsOfQwen3() {
    check(Self.model(normalizesHeads: true), ["q_norm.weight", "k_norm.weight"])
  }

  @Test func biasesAndNormsOfEveryProjection() {
    let model = Self.model(biases: Set(Projection.allCases), normalizesHeads: true, subNorms: .projection)
    let modules = Projection.allCases.map(\.rawValue)
    check(model, modules.map { $0 + ".bias" } + modules.map { $0 + ".rms_norm.weight" })
  }

  @Test func subNormsOfBitNet() {
    check(
      Self.model(subNorms: .bitnet),
      ["attn_sub_norm.weight", "ffn_sub_norm.weight", "input_layernorm.weight", "post_attention_layernorm.weight"])
  }
}
