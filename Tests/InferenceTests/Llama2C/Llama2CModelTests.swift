import Architectures
import Autograd
import FileFormats
import Foundation
import Inference
import Kernels
import Models
import Testing
import TestSupport

/// A file of llama2.c, written here element by element, against the same weights as a folder of Hugging Face.
@Suite struct Llama2CModelTests {
  private static func architecture(keyValueHeads: Int, isTied: Bool) -> Architecture {
    Architecture(
      vocabularySize: 19, hiddenSize: 24, hiddenLayerCount: 2, attentionHeadCount: 4,
      keyValueHeadCount: keyValueHeads, intermediateSize: 20, hiddenActivation: .silu, subNorms: .none,
      tieWordEmbeddings: isTied, maximumPositionEmbeddings: 16,
      bitLinear: BitLinearConfiguration(weightQuantization: .none, scaleDataType: .float32))
  }

  private static func values(_ parameter: ModelParameter) -> [Float] {
    var random = RandomStream(
      seed: parameter.name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }, purpose: .initialization)
    return (0..<parameter.elementCount).map { _ in
      parameter.isNorm ? 0.5 + random.nextUniform() : random.nextUniform() - 0.5
    }
  }

  /// llama2.c rotates neighbours against each other, Hugging Face the halves of a head.
  private static func interleaved(_ values: [Float], heads: Int, columns: Int) -> [Float] {
    let dimension = values.count / columns / heads
    return (0..<heads * dimension).flatMap { row -> ArraySlice<Float> in
      let (head, place) = (row / dimension, row % dimension)
      let source = head * dimension + (place.isMultiple(of: 2) ? place / 2 : dimension / 2 + place / 2)
      return values[source * columns..<(source + 1) * columns]
    }
  }

  /// As export.py writes version 0: seven numbers, then each kind of tensor for all layers.
  private static func file(_ model: Architecture) -> Data {
    var data = Data()
    func append(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    let vocabulary = Int32(model.tieWordEmbeddings ? model.vocabularySize : -model.vocabularySize)
    let header =
      [
        model.hiddenSize, model.intermediateSize, model.hiddenLayerCount, model.attentionHeadCount,
        model.keyValueHeadCount,
      ].map(Int32.init) + [vocabulary, Int32(model.maximumPositionEmbeddings)]
    for number in header { append(UInt32(bitPattern: number)) }
    func append(_ role: ModelParameter.Role) {
      for parameter in model.parameters where parameter.role == role {
        var values = values(parameter)
        if role == .matrix(.query) {
          values = interleaved(values, heads: model.attentionHeadCount, columns: model.hiddenSize)
        } else if role == .matrix(.key) {
          values = interleaved(values, heads: model.keyValueHeadCount, columns: model.hiddenSize)
        }
        for value in values { append(value.bitPattern) }
      }
    }
    append(.embedding)
    append(.inputNorm)
    for projection in Projection.attention { append(.matrix(projection)) }
    append(.postAttentionNorm)
    for projection in [Projection.gate, .down, .up] { append(.matrix(projection)) }
    append(.finalNorm)
    // Tables of cosines and sines, which nobody reads.
    for _ in 0..<model.maximumPositionEmbeddings * model.headDimension { append(Float.nan.bitPattern) }
    append(.head)
    return data
  }

  @Test(arguments: [4, 2, 1], [true, false]) func logitsAreThoseOfTheFolder(keyValueHeads: Int, isTied: Bool) throws {
    let directory = try TemporaryDirectory()
    let architecture = Self.architecture(keyValueHeads: keyValueHeads, isTied: isTied)
    let folder = directory.url.appending(path: "folder")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try TestFolder.write(architecture, .float32, to: folder, values: Self.values)
    let file = try directory.file("model.bin", Self.file(architecture))

    let (theirs, ours) = (try StoredModel(file), try StoredModel(folder))
    #expect(theirs.weights is Llama2CModel)
    for parameter in architecture.parameters {
      let areSame = try theirs.weights.floats(of: parameter) == ours.weights.floats(of: parameter)
      #expect(areSame, "\(parameter.name)")
    }
    let tokens = RandomModels.tokens(16, vocabulary: 19)
    func trained(_ model: StoredModel) throws -> [UInt32] {
      let decoder = try Decoder(model.weights)
      return withoutGradients { decoder.logits(tokens: tokens, length: 16).scalars.map(\.bitPattern) }
    }
    func run(_ model: StoredModel) throws -> [UInt32] {
      try InferenceSession(RuntimeModel(model.weights)).prefillAllPositions(tokens).map(\.bitPattern)
    }
    let expected = try trained(ours)
    #expect(Set(expected).count > 16 * 10)
    #expect(try trained(theirs) == expected)
    #expect(try run(ours) == expected)
    #expect(try run(theirs) == expected)
  }

  @Test func whatTheFileDoesNotSayIsLlama2CsOwn() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("model.bin", Self.file(Self.architecture(keyValueHeads: 2, isTied: true)))
    let found = try StoredModel(file).architecture
    #expect(found.ropeTheta == 10_000 && found.rmsNormEpsilon == 1e-5 && found.hiddenActivation == .silu)
    #expect(found.beginningOfSequenceTokenID == 1 && found.endOfSequenceTokenID == 2)
    #expect(found.bitLinear.weightQuantization == .none && found.subNorms == .none)
  }

  /// A head of one number has no pairs to rotate.
  @Test func anOddHeadIsRefusedWithItsFile() throws {
    let directory = try TemporaryDirectory()
    var bytes = Self.file(Self.architecture(keyValueHeads: 2, isTied: true))
    bytes[12] = 24
    let url = try directory.file("model.bin", bytes)
    #expect { try StoredModel(url) } throws: { "\($0)".hasPrefix(url.path) && "\($0)".contains("n_heads") }
  }
}
