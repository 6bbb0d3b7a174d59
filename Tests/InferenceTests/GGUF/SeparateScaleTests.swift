import Architectures
import Export
import FileFormats
import Foundation
import Inference
import Kernels
import Testing
import TestSupport
import Tokenization

/// Models with float32 scales: block formats cannot hold them, so they lie beside the matrices.
@Suite struct SeparateScaleTests {
  private static let configuration = RandomModels.configuration(
    heads: 4, keyValueHeads: 4, headDimension: 64, vocabulary: 256, intermediate: 512, activation: .silu,
    scale: .float32)

  @Test(arguments: [GGUFTensorType.i2_s, .tq1_0, .tq2_0, .float16, .bfloat16, .float32])
  func nothingIsRounded(type: GGUFTensorType) throws {
    let directory = try TemporaryDirectory()
    let folder = try ModelFolder(try Self.folder(in: directory))
    let source = folder
    let url = directory.url.appending(path: "a.gguf")
    try GGUFExport(
      source: source, type: type, headType: .float32,
      tokenizerMetadata: ByteTokenizer().ggufMetadata(vocabularySize: 256)
    ).write(to: url)
    let file = try GGUFFile(url)
    let separate = file.tensors.filter { $0.name.hasSuffix(".scale") }
    #expect(separate.allSatisfy { $0.type == .float32 && $0.elementCount == 1 })
    // The scales of 14 random matrices hardly all are float16 numbers.
    #expect(separate.isEmpty == [.i2_s, .float32].contains(type))
    let packed = try GGUFModel(file)
    for parameter in Self.configuration.parameters where parameter.projection != nil {
      let (before, after) = (try source.codes(of: parameter), try packed.codes(of: parameter))
      #expect(before.codes == after.codes, "\(parameter.name)")
      // As real numbers the products of code and scale are stored, and the scale comes back from them.
      #expect(before.scale == after.scale, "\(parameter.name)")
    }
    let tokens = RandomModels.tokens(70, vocabulary: 256)
    let expected = try InferenceSession(RuntimeModel(folder)).prefillAllPositions(tokens)
    let found = try InferenceSession(RuntimeModel(gguf: file)).prefillAllPositions(tokens)
    let areSame = expected.map(\.bitPattern) == found.map(\.bitPattern)
    #expect(areSame)
    #expect(ModelVerification.problems(ofGGUF: url).isEmpty)
  }

  private static func folder(in directory: TemporaryDirectory) throws -> URL {
    let folder = directory.url.appending(path: "model")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try TestFolder.write(configuration, .float32, to: folder) { parameter in
      let seed = parameter.name.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
      var random = RandomStream(seed: seed, purpose: .initialization)
      return (0..<parameter.elementCount).map { _ in parameter.isNorm ? 1 : random.nextUniform() - 0.5 }
    }
    return folder
  }
}
