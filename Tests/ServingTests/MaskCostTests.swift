import Foundation
import Inference
import ServingTestSupport
import Templates
import Testing
import Tokenization

import Serving

/// What masks cost with a vocabulary as large as Llama 3's; prints figures where BITNET_PRINT_COSTS is set.
@Suite struct MaskCostTests {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["BITNET_PRINT_COSTS"] != nil))
  func masksOfALargeVocabulary() throws {
    let clock = ContinuousClock()
    let tokenizer = LargeVocabulary()
    var start = clock.now
    let vocabulary = VocabularyTrie(tokenizer)
    print("\(tokenizer.vocabularySize) tokens; the trie takes \(clock.now - start)")
    let schema = try JSONSchema(JinjaValue(json: ConstrainedAnswerTests.schema))
    let answers = [
      (
        "object", try #require(ByteGrammar.jsonObject),
        #"{"name": "some words of text", "list": [1, 22.5, {"deep": "other words"}], "last": true}"#
      ),
      ("schema", schema.grammar, #"{"name": "abcde", "kind": "bc", "sizes": [1, 23], "inner": {"deep": true}}"#),
    ]
    for (name, grammar, text) in answers {
      var progress = ConstraintProgress(TokenConstraint(grammar, vocabulary: vocabulary), endTokens: [])
      var times: [Duration] = []
      for token in tokenizer.encode(text) {
        start = clock.now
        _ = try progress.allowedTokens()
        times.append(clock.now - start)
        progress.advance(try tokenizer.decodeContinuation(CollectionOfOne(token), skippingSpecialTokens: true))
      }
      let sorted = times.sorted()
      print("\(name): \(times.count) steps, median \(sorted[times.count / 2]), longest \(sorted.last ?? .zero)")
      print(times.map { String(format: "%.2f", $0 / .milliseconds(1)) }.joined(separator: " "))
    }
  }
}

/// All bytes, and words as frequent as their length lets them be.
private struct LargeVocabulary: Tokenizer {
  private let texts: [[UInt8]]
  let specialTokens: [SpecialToken] = []
  let endOfSequenceTokenID: Int32? = nil
  var vocabularySize: Int { texts.count }

  init() {
    var random = SystemRandomNumberGenerator()
    var all = Set((0...255).map { [UInt8($0)] })
    let consonants = Array("bcdfghjklmnpqrstvwxz".utf8), vowels = Array("aeiouy".utf8)
    while all.count < 128_000 {
      var word: [UInt8] = Bool.random(using: &random) ? [0x20] : []
      for _ in 0..<Int.random(in: 1...5) {
        word.append(consonants[Int(pow(Double.random(in: 0..<1), 2) * 20)])
        word.append(vowels[Int(pow(Double.random(in: 0..<1), 2) * 6)])
      }
      all.insert(word)
      if Int.random(in: 0..<20) == 0 { all.insert(word.prefix(3) + Array("\": ".utf8.prefix(.random(in: 1...3)))) }
    }
    texts = all.sorted { $0.count < $1.count || $0.count == $1.count && $0.lexicographicallyPrecedes($1) }
  }

  func encode(bytes: some Sequence<UInt8>) -> [Int32] { bytes.map { byte in Int32(texts.firstIndex(of: [byte]) ?? 0) } }

  func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    tokens.flatMap { texts[Int($0)] }
  }
}
