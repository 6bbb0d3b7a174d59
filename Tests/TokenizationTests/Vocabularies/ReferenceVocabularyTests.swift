import FileFormats
import Foundation
import TestSupport
import Testing
import Tokenization

@Suite(.enabled(if: ReferenceTexts.isThere, "the reference vocabularies are not beside the package"))
struct ReferenceVocabularyTests {
  static let names = [
    "gpt-2", "starcoder", "refact", "falcon", "mpt", "deepseek-coder", "deepseek-llm", "llama-spm", "phi-3",
  ]

  private func open(_ name: String) throws -> any Tokenizer {
    try TokenizerFiles.open(ReferenceTexts.folder.appendingPathComponent(name + ".gguf"))
  }

  @Test(arguments: names)
  func vocabulariesOfGGUFGiveTheIdsOfLlamaCpp(name: String) throws {
    try ReferenceTexts.check(open(name), name)
  }

  @Test(arguments: names)
  func tokenizerJSONWrittenForThemGivesTheSameIds(name: String) throws {
    let folder = try TemporaryDirectory()
    for (file, data) in try open(name).files(maximumLength: 512, chatTemplate: nil) {
      try data.write(to: folder.url.appendingPathComponent(file))
    }
    try ReferenceTexts.check(TokenizerFiles.open(folder: folder.url), name)
  }

  @Test(arguments: names)
  func keysWrittenForGGUFGiveTheSameIds(name: String) throws {
    let folder = try TemporaryDirectory()
    let tokenizer = try open(name)
    let url = folder.url.appendingPathComponent("vocabulary.gguf")
    let metadata = GGUFMetadata(try tokenizer.ggufMetadata(vocabularySize: tokenizer.vocabularySize + 5))
    try GGUFWriter(metadata: metadata, tensors: [], for: url).write(to: url) { (_, _) in }
    let again = try TokenizerFiles.open(url)
    #expect(again.vocabularySize == tokenizer.vocabularySize + 5)
    #expect(again.endOfSequenceTokenID == tokenizer.endOfSequenceTokenID)
    try ReferenceTexts.check(again, name)
  }

  @Test(arguments: names)
  func partsAtSafeCutsAreTheWhole(name: String) throws {
    let tokenizer = try open(name)
    let text = Array(try ReferenceTexts.texts().joined(separator: "\n").utf8)
    let whole = tokenizer.encode(bytes: text)
    text.withUnsafeBytes { text in
      for near in stride(from: 1, to: text.count, by: 17) {
        let cut = tokenizer.safeCut(in: text, near: near)
        #expect(cut > 0)
        let parts = tokenizer.encode(bytes: text[..<cut]) + (cut < text.count ? tokenizer.encode(bytes: text[cut...]) : [])
        #expect(parts == whole, "\(name): cut at \(cut)")
      }
    }
  }

  @Test func specialTokensAreFoundWhenAskedFor() throws {
    let tokenizer = try open("gpt-2")
    #expect(tokenizer.encode("a<|endoftext|>b", parsingSpecialTokens: true) == [64, 50256, 65])
    #expect(tokenizer.encode("a<|endoftext|>b", parsingSpecialTokens: false).count > 3)
    #expect(tokenizer.byteCount(of: 50256) == 0)
    let more = try tokenizer.adding(specialTokens: ["<|user|>"], endOfSequence: "<|user|>")
    #expect(more.encode("a<|user|>b", parsingSpecialTokens: true) == [64, 50257, 65])
    #expect(more.endOfSequenceTokenID == 50257)
    #expect(more.fingerprint != tokenizer.fingerprint)
    #expect(throws: TokenizerError.self) { try tokenizer.adding(specialTokens: ["hello"], endOfSequence: nil) }
  }

  @Test func sequencesBeginAsTheFileSays() throws {
    let llama = try open("llama-spm")
    #expect(llama.encodeSequence("3", parsingSpecialTokens: false) == [1, 29871, 29941])
    #expect(llama.addsBeginningOfSequence && !llama.addsEndOfSequence)
    #expect(try open("gpt-2").encodeSequence("a", parsingSpecialTokens: false) == [64])
  }

  @Test func ranksOfLlama3AndQwenGiveTheIdsOfLlamaCpp() throws {
    for (variable, name) in [("BITNET_LLAMA3_RANKS", "llama-bpe"), ("BITNET_QWEN_RANKS", "qwen2")] {
      guard let path = ProcessInfo.processInfo.environment[variable] else {
        print("SKIPPED: the ranks of \(name); give their file in \(variable)")
        continue
      }
      let tokenizer = try TokenizerFiles.open(URL(fileURLWithPath: path))
      try ReferenceTexts.check(tokenizer, name)
      let folder = try TemporaryDirectory()
      for (file, data) in try tokenizer.files(maximumLength: 512, chatTemplate: nil) {
        try data.write(to: folder.url.appendingPathComponent(file))
      }
      try ReferenceTexts.check(TokenizerFiles.open(folder: folder.url), name)
    }
  }
}
