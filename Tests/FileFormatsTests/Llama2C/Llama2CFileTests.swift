import Foundation
import Testing
import TestSupport

import FileFormats

@Suite struct Llama2CFileTests {
  @Test func tensorsOfAllLayersLieKindByKind() throws {
    let directory = try TemporaryDirectory()
    let file = try Llama2CFile(directory.file("a.bin", Llama2CFixture().bytes()))
    #expect(file.configuration.headDimension == 4 && file.configuration.keyValueSize == 4)
    #expect(file.configuration.tiesWordEmbeddings && file.configuration.vocabularySize == 5)
    #expect(file.tensors.count == 1 + 2 * 9 + 1)
    // Elements count up through the file: the first one is the place.
    let expected: [(name: String, shape: [Int], place: Int)] = [
      ("tok_embeddings.weight", [5, 8], 0), ("layers.0.attention_norm.weight", [8], 40),
      ("layers.1.attention_norm.weight", [8], 48), ("layers.0.attention.wq.weight", [8, 8], 56),
      ("layers.1.attention.wk.weight", [4, 8], 216), ("layers.0.attention.wv.weight", [4, 8], 248),
      ("layers.1.attention.wo.weight", [8, 8], 376), ("layers.0.ffn_norm.weight", [8], 440),
      ("layers.1.feed_forward.w1.weight", [12, 8], 552), ("layers.0.feed_forward.w2.weight", [8, 12], 648),
      ("layers.1.feed_forward.w3.weight", [12, 8], 936), ("norm.weight", [8], 1032),
    ]
    for (name, shape, place) in expected {
      let tensor = try file.tensor(name)
      #expect(tensor.shape == shape, "\(name)")
      #expect(tensor.rows * tensor.columns == tensor.elementCount)
      #expect(try file.floats(of: name) == (0..<shape.reduce(1, *)).map { Float(place + $0) }, "\(name)")
    }
  }

  @Test func aNegativeVocabularyHasAHeadOfItsOwn() throws {
    let directory = try TemporaryDirectory()
    var fixture = Llama2CFixture()
    fixture.fields[5] = -5
    let file = try Llama2CFile(directory.file("a.bin", fixture.bytes(floats: Llama2CFixture.floatCount + 40)))
    #expect(!file.configuration.tiesWordEmbeddings && file.configuration.vocabularySize == 5)
    let place = Llama2CFixture.floatCount
    #expect(try file.floats(of: "output.weight") == (0..<40).map { Float(place + $0) })
  }

  private static let stories = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../../shared/data/real/stories260K.bin").standardized

  /// A file that a trained model came in. The tables that are skipped are where the rotation's cosines ought to be.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: stories.path), "needs \(stories.path)"))
  func aPublishedModel() throws {
    let file = try Llama2CFile(Self.stories)
    let configuration = file.configuration
    #expect(configuration.hiddenSize == 64 && configuration.intermediateSize == 172 && configuration.layerCount == 5)
    #expect(configuration.headCount == 8 && configuration.keyValueHeadCount == 4)
    #expect(configuration.vocabularySize == 512 && configuration.sequenceLength == 512)
    #expect(configuration.tiesWordEmbeddings && file.tensors.count == 47)
    let end = try file.tensor("norm.weight").byteRange.upperBound
    let bytes = try Data(contentsOf: Self.stories)
    for (position, pair) in [(0, 0), (0, 3), (1, 0), (1, 2), (511, 1)] {
      let start = end + 4 * (position * 4 + pair)
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * $1) }
      let angle = Double(position) * pow(10_000, -Double(2 * pair) / 8)
      #expect(abs(Double(Float(bitPattern: bits)) - cos(angle)) < 1e-4)
    }
  }
}
