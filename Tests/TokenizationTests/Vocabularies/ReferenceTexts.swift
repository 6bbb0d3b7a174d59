import Foundation
import Testing
import Tokenization

/// The texts on which llama.cpp tries its tokenizers, with the ids that each vocabulary gives them.
enum ReferenceTexts {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("../shared/data/tokenizers")

  static var isThere: Bool { FileManager.default.fileExists(atPath: folder.path) }

  static func texts() throws -> [String] {
    try String(contentsOf: folder.appendingPathComponent("texts.inp"), encoding: .utf8)
      .components(separatedBy: "\n__ggml_vocab_test__\n")
  }

  static func ids(_ name: String) throws -> [[Int32]] {
    try String(contentsOf: folder.appendingPathComponent(name + ".out"), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { line in line.split(separator: " ").compactMap { Int32($0) } }
  }

  /// Expects the ids of every text, and the text of the ids.
  static func check(_ tokenizer: any Tokenizer, _ name: String) throws {
    let (texts, ids) = (try texts(), try ids(name))
    #expect(texts.count == 47)
    for (text, expected) in zip(texts, ids) {
      let tokens = tokenizer.encode(text)
      #expect(tokens == expected, "\(name): \(text.debugDescription)")
      #expect(try tokenizer.decode(tokens) == Array(text.utf8))
      #expect(try tokenizer.decodeContinuation(tokens, skippingSpecialTokens: true).count
        == tokens.reduce(0) { $0 + tokenizer.byteCount(of: $1) })
    }
  }
}
