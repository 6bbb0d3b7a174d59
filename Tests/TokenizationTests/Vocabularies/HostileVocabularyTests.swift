import Foundation
import TestSupport
import Testing
import Tokenization

/// Files of every kind with bytes changed, cut off and repeated: they are read or refused, in bounded time and memory.
@Suite struct HostileVocabularyTests {
  /// A small vocabulary with a merge and special tokens.
  static let json = """
    {"version": "1.0", "truncation": null, "padding": null,
     "added_tokens": [{"id": 6, "content": "<|end|>", "special": true, "single_word": false, "lstrip": false,
       "rstrip": true, "normalized": false}],
     "normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
     "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}},
       {"SpecialToken": {"id": "<|end|>", "type_id": 0}}],
       "special_tokens": {"<|end|>": {"id": "<|end|>", "ids": [6], "tokens": ["<|end|>"]}}},
     "decoder": {"type": "ByteLevel"},
     "model": {"type": "BPE", "ignore_merges": false, "vocab": {"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4, "c": 5},
       "merges": ["a b", ["Ġ", "ab"]]}}
    """

  private static func seeds() -> [(name: String, data: Data)] {
    var vocabulary = Data()
    func number(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { vocabulary.append(contentsOf: $0) } }
    func token(_ text: String, _ score: Float) {
      number(score.bitPattern)
      number(UInt32(text.utf8.count))
      vocabulary.append(contentsOf: text.utf8)
    }
    number(7)
    for text in ["<unk>", "\n<s>\n", "\n</s>\n"] { token(text, 0) }
    for byte in 0..<256 { token("<0x" + String(format: "%02X", byte) + ">", 0) }
    for (text, score) in [("ab", -1), (" ab", -2), ("a", -3), ("b", -4), (" ", -5)] as [(String, Float)] {
      token(text, score)
    }
    var model = Data()
    func field(_ text: String, _ type: UInt8) {
      let bytes = Array(text.utf8)
      model.append(contentsOf: [0x0A, UInt8(bytes.count + 9), 0x0A, UInt8(bytes.count)] + bytes)
      model.append(contentsOf: [0x15, 0, 0, 0x80, 0xBF, 0x18, type])
    }
    field("<unk>", 2)
    field("<s>", 3)
    field("</s>", 3)
    for byte in 0..<256 { field("<0x" + String(format: "%02X", byte) + ">", 6) }
    for text in ["▁", "a", "b", "ab", "▁ab"] { field(text, 1) }
    model.append(contentsOf: [0x12, 0x02, 0x18, 0x02, 0x1A, 0x04, 0x18, 0x01, 0x20, 0x00])
    return [
      ("tokenizer.json", Data(json.utf8)), ("tok.bin", vocabulary), ("tokenizer.model", model),
      (
        "ranks.tiktoken",
        Data((0..<300).map { "\(Data([UInt8($0 % 256)]).base64EncodedString()) \($0)\n" }.joined().utf8)
      ),
    ]
  }

  @Test func seedsAreRead() throws {
    let folder = try TemporaryDirectory()
    for (name, data) in Self.seeds() {
      let file = try folder.file(name, data)
      if name == "ranks.tiktoken" { continue }
      let tokenizer = try TokenizerFiles.open(file)
      #expect(try tokenizer.decode(tokenizer.encode("ab ab")) == Array("ab ab".utf8), "\(name)")
    }
    let json = try TokenizerFiles.open(folder.url)
    #expect(json.encode("ab ab") == [3, 4])
    #expect(json.encodeSequence("ab<|end|> \nab", parsingSpecialTokens: true) == [3, 6, 3, 6])
    let model = try TokenizerFiles.open(folder.url.appendingPathComponent("tokenizer.model"))
    #expect(model.encodeSequence("ab abz", parsingSpecialTokens: false) == [1, 263, 263, 3 + 0x7A])
    #expect(throws: TokenizerError.self) {
      try TokenizerFiles.open(folder.url.appendingPathComponent("ranks.tiktoken"))
    }
  }

  /// An id is a place in the vocabulary.
  @Test(arguments: [-1, Int(Int32.min), -(1 << 40), 1 << 40])
  func addedTokensWithoutAPlaceAreRefused(id: Int) throws {
    let folder = try TemporaryDirectory()
    let text = Self.json.replacing("\"id\": 6,", with: "\"id\": \(id),")
    _ = try folder.file("tokenizer.json", Data(text.utf8))
    let error = #expect(throws: TokenizerError.self) { try TokenizerFiles.open(folder.url) }
    #expect("\(error, default: "")".contains("added_tokens[0] lacks a content, or an id from 0 on"))
  }

  @Test(arguments: 0..<4)
  func mutationsAreReadOrRefused(kind: Int) throws {
    let folder = try TemporaryDirectory()
    let (name, seed) = Self.seeds()[kind]
    var random = SeededNumbers(state: UInt64(kind + 1))
    var refused = 0
    for _ in 0..<2500 {
      var data = [UInt8](seed)
      for _ in 0...Int(random.next() % 3) {
        let place = Int(random.next() % UInt64(data.count))
        switch random.next() % 5 {
        case 0: data[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: data.removeSubrange(place...)
        case 2: data.insert(contentsOf: data[place..<min(data.count, place + 9)], at: place)
        case 3: data.replaceSubrange(place..<min(data.count, place + 4), with: [0xFF, 0xFF, 0xFF, 0x7F])
        default: data.remove(at: place)
        }
        if data.isEmpty { data = [0] }
      }
      do {
        let tokenizer = try TokenizerFiles.open(try folder.file(name, Data(data)))
        let tokens = tokenizer.encodeSequence("ab <|end|>\u{e9} 12", parsingSpecialTokens: true)
        #expect(tokens.allSatisfy { (0..<Int32(tokenizer.vocabularySize)).contains($0) })
        _ = try tokenizer.decode(tokens)
      } catch {
        #expect(!"\(error)".isEmpty)
        refused += 1
      }
    }
    #expect(refused > 100)
  }
}

/// xorshift64*
private struct SeededNumbers {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }
}
