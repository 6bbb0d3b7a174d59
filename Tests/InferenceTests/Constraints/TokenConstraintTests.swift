import FileFormats
import Inference
import Kernels
import Testing
import Tokenization

/// Which tokens may come.
@Suite struct TokenConstraintTests {
  /// Tokens of one to nine bytes, some of them equal, one without any.
  private struct ListedTokens: Tokenizer {
    var texts: [[UInt8]]
    var vocabularySize: Int { texts.count }
    let specialTokens = [SpecialToken(text: "<end>", id: 0)]
    let endOfSequenceTokenID: Int32? = 0

    func encode(bytes: some Sequence<UInt8>) -> [Int32] { [] }

    func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
      tokens.flatMap { texts[Int($0)] }
    }
  }

  private static let tokenizer: ListedTokens = {
    var random = RandomStream(seed: 2, purpose: .sampling)
    let alphabet = Array("{}[],:\"ab1 -.e\\ntruefalse\n".utf8) + [0xC3, 0xA9]
    let long = (0..<600).map { _ in
      (0..<Int.random(in: 2...9, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
    }
    return ListedTokens(texts: [[]] + (0...255).map { [$0] } + long + [Array("\"a".utf8), Array("\"a".utf8)])
  }()

  /// Draws at random, and compares at each step with a look at every token.
  @Test(arguments: [0, 1, 2, 3, 4, 5] as [UInt64]) func maskIsWhatEveryTokenByItselfComesTo(seed: UInt64) throws {
    let grammar = try #require(ByteGrammar.jsonObject)
    let constraint = TokenConstraint(grammar, vocabulary: VocabularyTrie(Self.tokenizer))
    var progress = ConstraintProgress(constraint, endTokens: [0])
    var random = RandomStream(seed: seed, purpose: .sampling)
    var text: [UInt8] = []
    for _ in 0..<60 where !progress.isOver {
      let mask = try progress.allowedTokens()
      let allowed = (0..<Int32(Self.tokenizer.vocabularySize)).filter(mask.allows)
      let expected = Self.tokenizer.texts.indices.filter { token in
        let bytes = Self.tokenizer.texts[token]
        if case .none = grammar.fit(of: text + bytes) { return false }
        return !bytes.isEmpty
      }
      #expect(allowed == expected.map(Int32.init), "behind \(String(decoding: text, as: UTF8.self))")
      let bytes = Self.tokenizer.texts[Int(try #require(allowed.randomElement(using: &random)))]
      progress.advance(bytes)
      text += bytes
    }
    #expect(text.count > 1)
  }

  @Test func endTokensComeWhereTheTextIsWholeAndNowhereElse() throws {
    let grammar = try #require(GrammarBuilder.grammar { $0.integer(then: $0.end) })
    // One end token that is text, too.
    let digit = Int32(1 + 0x37)
    var progress = ConstraintProgress(
      TokenConstraint(grammar, vocabulary: VocabularyTrie(Self.tokenizer)), endTokens: [0, digit])
    #expect(try !progress.allowedTokens().allows(0) && !progress.allowedTokens().allows(digit))
    progress.advance([0x31])
    #expect(try progress.allowedTokens().allows(0) && progress.allowedTokens().allows(digit) && !progress.isOver)
    progress.advance(Array("23456789012345678".utf8))
    #expect(progress.isOver)
  }

  @Test func longAnswersForgetWhatTheyPassed() throws {
    // Every character is a state of its own.
    let grammar = try #require(GrammarBuilder.grammar { $0.string(30_000, 30_001, then: $0.end) })
    var progress = ConstraintProgress(
      TokenConstraint(grammar, vocabulary: VocabularyTrie(Self.tokenizer)), endTokens: [0])
    progress.advance([0x22])
    for step in 0..<3000 {
      if step.isMultiple(of: 100) { #expect(try !progress.allowedTokens().isEmpty) }
      progress.advance(Array("é\\u00e9aaaaaaaa".utf8))
    }
    #expect(
      try progress.allowedTokens().allows(1 + 0x22) && progress.allowedTokens().allows(1 + 0x61) && !progress.isOver)
    progress.advance([0x61])
    #expect(try progress.allowedTokens().allows(1 + 0x22) && !progress.allowedTokens().allows(1 + 0x61))
    progress.advance([0x22])
    #expect(progress.isOver)
  }

  @Test func grammarsAreKnownByWhatTheySay() throws {
    func grammar(_ maximum: Int) throws -> ByteGrammar {
      return try #require(GrammarBuilder.grammar { $0.string(0, maximum, then: $0.end) })
    }
    #expect(try grammar(3) == grammar(3) && grammar(3).fingerprint != grammar(4).fingerprint)
  }
}
