import Autograd
import Kernels
import ModelFormats
import Models
import Testing

/// The loss of one model on every instruction set this machine has.
@Suite struct KernelPathTests {
  static let configuration = ModelConfiguration(
    vocabularySize: 256, hiddenSize: 128, hiddenLayerCount: 3, attentionHeadCount: 4, keyValueHeadCount: 2,
    intermediateSize: 320, maximumPositionEmbeddings: 160)

  static func losses(_ path: KernelPath, threads: Int) -> [Float] {
    KernelPath.$current.withValue(path) {
      ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        let model = BitNetForCausalLM(configuration, seed: 5)
        let tokens = (0..<6 * 160).map { Int32($0 * $0 * 31 % 251) }
        let targets = tokens.map { ($0 * 7 + 1) % 256 }
        return withoutGradients { model.tokenLosses(tokens: tokens, targets: targets, length: 160).scalars }
      }
    }
  }

  @Test func instructionSetsAgreeAndThreadsDoNotChangeABit() {
    let reference = Self.losses(.portable, threads: 1).reduce(0.0) { $0 + Double($1) }
    for path in KernelPath.available {
      let alone = Self.losses(path, threads: 1)
      #expect(Self.losses(path, threads: 2).map(\.bitPattern) == alone.map(\.bitPattern), "\(path)")
      let sum = alone.reduce(0.0) { $0 + Double($1) }
      // Sums in another order move a few activations across a rounding boundary of their 8 bits.
      #expect(abs(sum - reference) <= 2e-5 * reference, "\(path): \(sum), portable \(reference)")
    }
  }
}
