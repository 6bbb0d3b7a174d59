import Architectures
import Export
import FileFormats
import Foundation
import Kernels
import TestSupport
import Testing
import Tokenization

/// GGUF files that become folders and files again, and files that become files.
@Suite struct GGUFFolderTests {
  private static let real: [GGUFTensorType] = [.float32, .float16, .bfloat16]
  private static let ternary: [GGUFTensorType] = [.i2_s, .tq1_0, .tq2_0] + real

  private static let llama = FolderModels.model(subNorms: .none, tied: false, scaling: FolderModels.llama3)
  private static let qwen = FolderModels.model(subNorms: .none, biases: [.query, .key, .value])
  private static let ternaryLlama = FolderModels.model(quantization: .absmean, subNorms: .none)
  private static let bitnet = FolderModels.model(quantization: .absmean)

  @Test(arguments: [llama, qwen], real + [.q8_0])
  func realNumbersComeBackByteForByte(_ model: Architecture, _ type: GGUFTensorType) throws {
    try checkBothWays(model, type)
  }

  @Test(arguments: [ternaryLlama, bitnet], ternary)
  func codesComeBackByteForByte(_ model: Architecture, _ type: GGUFTensorType) throws {
    try checkBothWays(model, type)
  }

  private func checkBothWays(_ model: Architecture, _ type: GGUFTensorType) throws {
    let place = try TemporaryDirectory()
    func path(_ name: String) -> URL { place.url.appending(path: name) }
    let headType: GGUFTensorType = type.isTernary ? .bfloat16 : type
    let source = SingleEnd(RandomWeights(model, seed: 5))
    func write(_ source: any ModelWeights, to name: String) throws {
      try GGUFExport(
        source: source, type: type, headType: headType,
        tokenizerMetadata: ByteTokenizer(specialTokens: Self.names).ggufMetadata(
          vocabularySize: model.vocabularySize, ids: GGUFTokenIDs(beginningOfSequence: 1, endOfSequence: 2, padding: 0))
      ).write(to: path(name))
    }
    try write(source, to: "a.gguf")
    try write(GGUFModel(path("a.gguf")), to: "b.gguf")
    let whole = try Data(contentsOf: path("a.gguf"))
    #expect(try Data(contentsOf: path("b.gguf")) == whole)

    let outcome = try FolderExport(path("a.gguf"))(to: path("folder"))
    #expect(outcome.type == (model.bitLinear.weightQuantization == .absmean ? "packed" : Self.folderType(type)))
    let folder = try ModelFolder(path("folder"))
    // Rows of queries and keys lie in the order of Hugging Face again.
    for parameter in model.parameters where type != .q8_0 {
      let isSame =
        try model.isQuantized(parameter)
        ? folder.codes(of: parameter) == source.codes(of: parameter)
        : type == .float16 || folder.floats(of: parameter) == source.floats(of: parameter)
      #expect(isSame, "\(parameter.name)")
    }
    try write(folder, to: "c.gguf")
    #expect(try Data(contentsOf: path("c.gguf")) == whole)
  }

  private static let names = ["<a>", "<b>"]

  /// Blocks are widened to float32; files of float16 hold bfloat16 norms in float32, which float16 holds too or not.
  private static func folderType(_ type: GGUFTensorType) -> String {
    type == .q8_0 || type == .float32 ? "f32" : type == .float16 ? "f16" : "bf16"
  }

  @Test func theTokenizerComesAlong() throws {
    let place = try TemporaryDirectory()
    let (file, folder) = (place.url.appending(path: "a.gguf"), place.url.appending(path: "folder"))
    let tokenizer = try ByteTokenizer(specialTokens: Self.names)
    let template = try #require(ChatTemplate(builtIn: "plain"))
    try GGUFExport(
      source: SingleEnd(RandomWeights(Self.llama, seed: 5)), type: .bfloat16, headType: .bfloat16,
      tokenizerMetadata: tokenizer.ggufMetadata(vocabularySize: 300) + [
        .init(key: "tokenizer.chat_template", value: .string(template.jinja))
      ]
    ).write(to: file)
    let outcome = try FolderExport(file)(to: folder)
    #expect(outcome.vocabulary == .written)
    #expect(try TokenizerFiles.open(folder: folder).fingerprint == tokenizer.fingerprint)
    #expect(try ChatTemplate(folder: folder)?.jinja == template.jinja)
    let generation = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.appending(path: "generation_config.json")))
    #expect((generation as? [String: Any])?["_from_model_config"] as? Bool == true)
  }

  @Test func vocabulariesThatAreNotReadAreRefusedByName() throws {
    let place = try TemporaryDirectory()
    let file = place.url.appending(path: "a.gguf")
    try GGUFExport(
      source: SingleEnd(RandomWeights(Self.llama, seed: 5)), type: .bfloat16, headType: .bfloat16,
      tokenizerMetadata: [
        .init(key: "tokenizer.ggml.model", value: .string("bert")),
        .init(key: "tokenizer.ggml.tokens", value: .array(GGUFArray((0..<300).map { "\($0)" }))),
      ]
    ).write(to: file)
    let model = try StoredModel(file)
    let error = try #require(throws: TokenizerError.self) { try ModelCompanions(of: model) }
    #expect("\(error)".contains("bert"), "\(error)")
    let companions = try ModelCompanions(of: model, withTokenizer: false)
    #expect(companions.vocabulary == .leftOut && Set(companions.files.keys) == ["generation_config.json"])
  }
}

/// A model with one token that ends texts, as many as a GGUF file names.
private struct SingleEnd: ModelWeights {
  let source: RandomWeights
  var url: URL { source.url }
  var architecture: Architecture {
    var model = source.architecture
    model.endOfSequenceTokenID = model.endOfSequenceTokenID
    return model
  }

  init(_ source: RandomWeights) { self.source = source }

  func withStored<Result>(_ parameter: ModelParameter, _ body: (StoredTensor) throws -> Result) throws -> Result {
    try source.withStored(parameter, body)
  }
}
