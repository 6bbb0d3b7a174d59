import FileFormats
import Foundation
import Inference
import Testing
import Tokenization

@Suite struct GGUFTokenizerTests {
  private func throughFile(_ tokenizer: ByteTokenizer) throws -> ByteTokenizer {
    let url = FileManager.default.temporaryDirectory.appending(path: "tokenizer-\(UUID().uuidString).gguf")
    defer { try? FileManager.default.removeItem(at: url) }
    let keys = try tokenizer.ggufMetadata(vocabularySize: 260)
    try GGUFWriter(metadata: GGUFMetadata(keys), tensors: [], for: url).write(to: url) { _, _ in }
    return try ByteTokenizer(gguf: GGUFFile(url))
  }

  @Test func comesBack() throws {
    for special in [[], ["<|endoftext|>"], ["<|user|>", #"a\b"#, "tab\there"]] {
      let tokenizer = try ByteTokenizer(specialTokens: special)
      #expect(try throughFile(tokenizer) == tokenizer)
    }
  }

  @Test func anyBytesComeBack() throws {
    let tokenizer = try throughFile(ByteTokenizer())
    var state: UInt64 = 8
    let bytes = (0..<20_000_000).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    let decoded = try tokenizer.decode(tokenizer.encode(bytes: bytes))
    #expect(decoded == bytes)
  }
}
