import Foundation
import Testing

import Tokenization

@Suite struct TokenizerFilesTests {
  /// Writes `files` to a fresh directory for the duration of `body`.
  @discardableResult
  private func withFolder<Result>(_ files: [String: Data], _ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tokenizer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, contents) in files { try contents.write(to: folder.appendingPathComponent(name)) }
    return try body(folder)
  }

  /// What reading a folder says after `edit` of its tokenizer.json.
  private func refusal(_ edit: (inout [String: Any]) -> Void) throws -> String {
    var files = try ByteTokenizer(specialTokens: ["<|end|>"]).files(maximumLength: 64)
    let object = try JSONSerialization.jsonObject(with: files["tokenizer.json"] ?? Data())
    var members = try #require(object as? [String: Any])
    edit(&members)
    files["tokenizer.json"] = try JSONSerialization.data(withJSONObject: members)
    return try withFolder(files) { folder in
      do {
        _ = try ByteTokenizer(folder: folder)
        return "accepted"
      } catch let error as TokenizerError {
        return "\(error)"
      }
    }
  }

  @Test func readsWhatItWrites() throws {
    for (texts, end) in [([], nil), (["<|a|>", "<|endoftext|>"], nil), (["<|x|>", "<|ü|>"], "<|ü|>")]
      as [([String], String?)]
    {
      let tokenizer = try ByteTokenizer(specialTokens: texts, endOfSequence: end)
      let files = try tokenizer.files(maximumLength: 256)
      #expect(files.keys.sorted() == ["tokenizer.json", "tokenizer_config.json"])
      #expect(try withFolder(files) { try ByteTokenizer(folder: $0) } == tokenizer)
    }
  }

  /// The number that transformers writes where a model has no longest sequence.
  @Test func aLengthThatIsNoneKeepsNobodyOut() throws {
    var files = try ByteTokenizer(specialTokens: ["<|end|>"]).files(maximumLength: 64)
    let text = String(decoding: try #require(files["tokenizer_config.json"]), as: UTF8.self)
    let unlimited = text.replacing(
      "\"model_max_length\" : 64", with: "\"model_max_length\" : 1\(String(repeating: "0", count: 30))")
    #expect(unlimited != text)
    files["tokenizer_config.json"] = Data(unlimited.utf8)
    #expect(try withFolder(files) { try ByteTokenizer(folder: $0) }.specialTokens.count == 1)
  }

  @Test func vocabularyFollowsTheTableOfGPT2() throws {
    let data = try #require(try ByteTokenizer().files(maximumLength: 8)["tokenizer.json"])
    let members = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let model = try #require(members["model"] as? [String: Any])
    let vocabulary = try #require(model["vocab"] as? [String: Int])
    #expect(vocabulary.count == 256)
    #expect(vocabulary["A"] == 65)
    #expect(vocabulary["Ġ"] == 32)
    #expect(vocabulary["Ċ"] == 10)
    #expect(vocabulary["Ń"] == 0xAD)
    #expect(vocabulary["ÿ"] == 255)
  }

  @Test func otherTokenizersAreNamed() throws {
    #expect(try refusal { _ in } == "accepted")
    #expect(try refusal { $0["model"] = ["type": "Unigram", "vocab": [["a", 1]]] }.contains("a Unigram model"))
    #expect(try refusal { $0["normalizer"] = ["type": "NFC"] }.contains("the normalizer NFC"))
    #expect(try refusal { $0["pre_tokenizer"] = ["type": "Metaspace"] }.contains("pre-tokenizer Metaspace"))
    #expect(try refusal { $0["pre_tokenizer"] = ["type": "ByteLevel"] }.contains("space before"))
    #expect(try refusal { $0["post_processor"] = ["type": "TemplateProcessing"] }.contains("TemplateProcessing"))
    let template: [String: Any] = [
      "type": "TemplateProcessing", "single": [["Sequence": ["id": "A", "type_id": 0]]], "special_tokens": [:],
    ]
    #expect(try refusal { $0["post_processor"] = template } == "accepted")
    #expect(try refusal { $0["decoder"] = nil }.contains("decoder none"))
    #expect(try refusal { $0["version"] = "2.0" }.contains("\"2.0\""))
    #expect(try refusal { $0["model"] = nil }.contains("model"))
    let merged: [String: Any] = ["type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2], "merges": [["a", "b"]]]
    #expect(try refusal { $0["model"] = merged }.contains("3 tokens and 1 merges"))
    #expect(
      try refusal { members in
        guard var tokens = members["added_tokens"] as? [[String: Any]] else { return }
        tokens[0]["id"] = 300
        members["added_tokens"] = tokens
      }.contains("with id 300, expected 256"))
  }

  @Test func missingAndBrokenFilesAreNamed() throws {
    try withFolder([:]) { folder in
      #expect(throws: TokenizerError.self) { try ByteTokenizer(folder: folder) }
    }
    try withFolder(["tokenizer.json": Data("{".utf8)]) { folder in
      #expect {
        try ByteTokenizer(folder: folder)
      } throws: { "\($0)".contains("tokenizer.json: not a tokenizer file") }
    }
  }
}
