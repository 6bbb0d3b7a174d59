import Architectures
import Export
import FileFormats
import Foundation
import Inference
import Kernels
import Tokenization

/// GGUF files: opened, looked through, run for one token; adapters too.
enum GGUFKind: InputKind {
  static func forms(in folder: URL) throws -> [InputForm] {
    let models = try seeds(in: folder)
    let adapter = try adapter(in: folder)
    return [
      InputForm(fileName: "model.gguf", mutator: GGUFMutator(models)) { file, _ in try use(file) },
      InputForm(fileName: "adapter.gguf", mutator: GGUFMutator([adapter])) { file, _ in
        let adapter = try LoRAAdapter(file)
        for factors in adapter.factors.values { _ = try adapter.a(factors) }
      },
    ]
  }

  private static func use(_ url: URL) throws {
    let file = try GGUFFile(url)
    for entry in file.metadata.entries { _ = entry.value.integerValue }
    // One part may be good where another is not.
    let vocabulary = Result { try TokenizerFiles.open(gguf: file) }
    let template = Result { try ChatTemplate(gguf: file) }
    let model = try GGUFModel(file)
    let tokens = try vocabulary.get().encodeSequence("a b<|end|>ab\u{E9}", parsingSpecialTokens: true)
    _ = try vocabulary.get().decode(tokens, skippingSpecialTokens: false)
    _ = try template.get()?.text([ChatMessage(role: .user, content: "a")], addingGenerationPrompt: true)
    guard model.architecture.parameterCount < 1 << 20 else { return }
    let session = InferenceSession(try RuntimeModel(model), positionLimit: 4)
    _ = try session.prefill([0, 1])
    _ = ModelVerification.problems(ofGGUF: url)
  }

  private static func seeds(in folder: URL) throws -> [[UInt8]] {
    let text = try TokenizerKind.textTokenizer(in: folder)
    let bytes = try ByteTokenizer().adding(specialTokens: ["<|im_start|>", "<|im_end|>"])
    let small = architecture(vocabulary: 8, hidden: 128)
    var scaled = architecture(vocabulary: 8, hidden: 128, norms: .none)
    scaled.ropeScaling = .linear(factor: 4)
    return try [
      gguf(small, .i2_s, text.ggufMetadata(vocabularySize: 8), folder),
      gguf(architecture(vocabulary: 8, hidden: 256), .tq2_0, text.ggufMetadata(vocabularySize: 8), folder),
      gguf(architecture(vocabulary: 8, hidden: 256), .tq1_0, text.ggufMetadata(vocabularySize: 8), folder),
      gguf(scaled, .float16, text.ggufMetadata(vocabularySize: 8), folder),
      gguf(
        architecture(vocabulary: 264, hidden: 128), .bfloat16,
        bytes.ggufMetadata(vocabularySize: 264)
          + [GGUFMetadata.Entry(key: "tokenizer.chat_template", value: .string(ChatTemplate.chatml.jinja))], folder),
    ]
  }

  private static func architecture(
    vocabulary: Int, hidden: Int, norms: Architecture.SubNorms = .bitnet
  ) -> Architecture {
    Architecture(
      vocabularySize: vocabulary, hiddenSize: hidden, hiddenLayerCount: 1, attentionHeadCount: 2, keyValueHeadCount: 1,
      intermediateSize: hidden, hiddenActivation: norms == .none ? .silu : .relu2, subNorms: norms,
      maximumPositionEmbeddings: 64)
  }

  private static func gguf(
    _ model: Architecture, _ type: GGUFTensorType, _ tokenizer: [GGUFMetadata.Entry], _ folder: URL
  ) throws -> [UInt8] {
    let url = folder.appending(path: "seed.gguf")
    try GGUFExport(
      source: RandomWeights(model, seed: 1), type: type, headType: .bfloat16, tokenizerMetadata: tokenizer
    ).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try Array(Data(contentsOf: url))
  }

  private static func adapter(in folder: URL) throws -> [UInt8] {
    let url = folder.appending(path: "seed.gguf")
    let entries = [
      ("general.type", GGUFValue.string("adapter")), ("general.architecture", .string("llama")),
      ("adapter.type", .string("lora")), ("adapter.lora.alpha", .float32(4)),
    ]
    let tensors = ["attn_q", "ffn_down"].flatMap { name in
      [("a", [2, 8]), ("b", [6, 2])].map { part, shape in
        GGUFWriter.Tensor(name: "blk.0.\(name).weight.lora_\(part)", type: .float32, shape: shape)
      }
    }
    let metadata = GGUFMetadata(entries.map { GGUFMetadata.Entry(key: $0.0, value: $0.1) })
    try GGUFWriter(metadata: metadata, tensors: tensors, for: url).write(to: url) { tensor, file in
      let values = (0..<tensor.shape.reduce(1, *)).map { Float($0 % 7) * 0.125 }
      try values.withUnsafeBytes { try file.write($0) }
    }
    defer { try? FileManager.default.removeItem(at: url) }
    return try Array(Data(contentsOf: url))
  }
}
