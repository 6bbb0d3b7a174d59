import Architectures
import Autograd
import Kernels
import Models
import Testing

/// A configuration may promise any context: what it takes is what is used of it.
@Suite struct PromisedPositionsTests {
  private static func model(positions: Int) -> Decoder {
    Decoder(
      Architecture(
        vocabularySize: 31, hiddenSize: 16, hiddenLayerCount: 1, attentionHeadCount: 2, keyValueHeadCount: 1,
        intermediateSize: 24, maximumPositionEmbeddings: positions), seed: 1)
  }

  private static func logits(_ model: Decoder, _ length: Int) -> [UInt32] {
    let tokens = (0..<length).map { Int32($0 * 7 % 31) }
    return withoutGradients { model.logits(tokens: tokens, length: length).scalars.map(\.bitPattern) }
  }

  @Test func lengthsComeInAnyOrder() {
    let model = Self.model(positions: 1 << 26)
    for length in [3, 40, 12, 90, 41, 1] {
      let isSame = Self.logits(model, length) == Self.logits(Self.model(positions: length), length)
      #expect(isSame, "\(length) tokens")
    }
  }

  /// In a process of its own, whose memory can be measured: rotations of all positions would take 2 GB.
  @Test func rotationsAreThoseOfTheTokens() async {
    await #expect(processExitsWith: .success) {
      let before = ProcessMemory.peakResidentBytes
      #expect(!Self.logits(Self.model(positions: 1 << 26), 16).isEmpty)
      #expect(ProcessMemory.peakResidentBytes - before < 64 << 20)
    }
  }
}
