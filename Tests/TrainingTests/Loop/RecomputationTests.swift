import Autograd
import Kernels
import Models
import Testing
import Training

/// Activations computed again in the backward pass: the same bytes from less memory.
@Suite struct RecomputationTests {
  struct Run: Equatable {
    var loss: [Float]
    var gradients: [[Float]]
  }

  static func run(_ model: Decoder, recomputing: Bool) -> (Run, peakBytes: Int) {
    let length = model.architecture.maximumPositionEmbeddings
    let tokens = (0..<4 * length).map { Int32($0 * 37 % 256) }
    let targets = tokens.map { $0 % 7 == 0 ? -1 : ($0 + 1) % 256 }
    let pool = BufferPool()
    return BufferPool.$current.withValue(pool) {
      Recomputation.$isEnabled.withValue(recomputing) {
        let losses = model.tokenLosses(tokens: tokens, targets: targets, length: length)
        losses.sum().backward()
        let run = Run(loss: losses.scalars, gradients: model.parameters.map { $0.gradient?.scalars ?? [] })
        for parameter in model.parameters { parameter.gradient = nil }
        return (run, pool.statistics.peakLentBytes)
      }
    }
  }

  @Test(arguments: [BackwardPrecision.float32, .bfloat16]) func givesTheSameBytes(_ precision: BackwardPrecision) {
    BackwardPrecision.$current.withValue(precision) {
      let kept = Self.run(TinyBitNet.model(), recomputing: false).0
      #expect(Self.run(TinyBitNet.model(), recomputing: true).0 == kept)
      #expect(kept.gradients.allSatisfy { $0.contains { $0 != 0 } })
    }
  }

  @Test func takesLessMemory() {
    var configuration = TinyBitNet.configuration
    configuration.hiddenLayerCount = 12
    configuration.maximumPositionEmbeddings = 256
    let model = { Decoder(configuration, seed: 1) }
    let (kept, recomputed) = (Self.run(model(), recomputing: false), Self.run(model(), recomputing: true))
    #expect(recomputed.peakBytes * 2 < kept.peakBytes, "\(recomputed.peakBytes) of \(kept.peakBytes) bytes")
  }

  /// Frozen blocks below a trainable one, as with adapters on the upper layers.
  @Test func frozenPartsGetNoGradient() {
    func gradients(recomputing: Bool) -> [[Float]] {
      let model = TinyBitNet.model()
      for (name, parameter) in model.namedParameters { parameter.isTrainable = name.contains("layers.0.mlp") }
      return Self.run(model, recomputing: recomputing).0.gradients
    }
    let expected = gradients(recomputing: false)
    #expect(gradients(recomputing: true) == expected)
    #expect(expected.contains { !$0.isEmpty } && expected.contains { $0.isEmpty })
  }
}
