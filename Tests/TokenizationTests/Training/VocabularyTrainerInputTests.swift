import Testing

import Kernels
import Tokenization

@Suite struct VocabularyTrainerInputTests {
  @Test func anEmptyTextIsRefused() throws {
    #expect(throws: VocabularyTrainingError.emptyText) { try VocabularyTrainer(vocabularySize: 300).train(on: "") }
  }

  @Test func aTextOfOneByteGivesNoMerges() throws {
    let vocabulary = try VocabularyTrainer(vocabularySize: 300).train(on: [0xFF])
    #expect(vocabulary.merges.isEmpty)
    #expect(vocabulary.size == 257)
  }

  @Test func fiveMegabytesWithoutASpaceAreOneWord() throws {
    let run = try VocabularyTrainer(vocabularySize: 272).train(on: repeatElement(UInt8(ascii: "a"), count: 5 << 20))
    #expect(run.tokens.dropFirst(256).map(\.count) == (1...15).map { 1 << $0 })

    var state: UInt32 = 1
    let letters = (0..<5 << 20).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(ascii: "a") + UInt8(state >> 24) % 26
    }
    #expect(try VocabularyTrainer(vocabularySize: 400).train(on: letters).size == 400)
  }

  @Test func anyBytesAreText() throws {
    var state: UInt32 = 7
    let noise = (0..<200_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    let trainer = try VocabularyTrainer(vocabularySize: 500)
    #expect(try trainer.train(on: noise).size == 500)
    // With the words of GPT-2, whose characters need not be complete.
    #expect(try noise.withUnsafeBytes { try trainer.train(on: $0) }.size == 500)
    let broken: [UInt8] = [0xE2, 0x82, 0xE2, 0x82, 0xF0, 0xE2, 0x82, 0xC3]
    #expect(try broken.withUnsafeBytes { try trainer.train(on: $0) }.tokens.count >= 256)
  }

  @Test func aVocabularyWithoutRoomForBytesAndSpecialTokensIsRefused() throws {
    #expect(throws: VocabularyTrainingError.vocabularyTooSmall(asked: 257, minimum: 258, specialTokens: 2)) {
      try VocabularyTrainer(vocabularySize: 257, specialTokens: ["<a>", "<b>"])
    }
    #expect("\(VocabularyTrainingError.vocabularyTooSmall(asked: 3, minimum: 258, specialTokens: 2))".contains("258"))
    #expect(throws: VocabularyTrainingError.vocabularyTooSmall(asked: -1, minimum: 256, specialTokens: 0)) {
      try VocabularyTrainer(vocabularySize: -1, specialTokens: [])
    }
    #expect(throws: VocabularyTrainingError.vocabularyTooLarge(asked: 1 << 24, maximum: 1 << 24 - 1)) {
      try VocabularyTrainer(vocabularySize: 1 << 24)
    }
  }

  @Test func specialTokensComeLastInTheirOrder() throws {
    let trainer = try VocabularyTrainer(
      vocabularySize: 270, specialTokens: ["<|x|>", "<|y|>"], endOfSequence: "<|y|>")
    let vocabulary = try trainer.train(on: madeUpText(words: 2000))
    #expect(vocabulary.tokens.count == 268)
    #expect(
      vocabulary.specialTokens == [SpecialToken(text: "<|x|>", id: 268), SpecialToken(text: "<|y|>", id: 269)])
    #expect(vocabulary.endOfSequenceTokenID == 269)

    let usual = try VocabularyTrainer(vocabularySize: 1000).train(on: "abab")
    #expect(usual.specialTokens == [SpecialToken(text: "<|endoftext|>", id: 257)])
    #expect(usual.endOfSequenceTokenID == 257)
  }

  @Test func specialTokensThatCannotBeToldApartAreRefused() throws {
    for texts in [[""], ["<a>", "<a>"], ["a"], ["Ġ"]] {
      #expect(throws: TokenizerError.self) { try VocabularyTrainer(vocabularySize: 300, specialTokens: texts) }
    }
    #expect(throws: TokenizerError.self) { try VocabularyTrainer(vocabularySize: 300, endOfSequence: "<x>") }
  }

  @Test func noMergedTokenIsSpelledLikeASpecialOne() throws {
    let text = "the the the the"
    let free = try VocabularyTrainer(vocabularySize: 300, specialTokens: []).train(on: text)
    #expect(free.words.contains("the") || free.words.contains(" the"))
    for text in free.words {
      let spelled = text.replacing(" ", with: "Ġ")
      let vocabulary = try VocabularyTrainer(vocabularySize: 300, specialTokens: [spelled]).train(on: "the the the the")
      #expect(!vocabulary.words.contains(text))
    }
  }

  /// A text that is read in parts has the vocabulary of the whole, wherever the parts end.
  @Test func partsOfATextAreCountedAsTheWhole() throws {
    let words = ["harbour", "ship", "naïve", "x", "\n", "sailing  out", String(repeating: "long", count: 40)]
    let text = Array((0..<300).map { words[$0 * $0 % 31 % words.count] }.joined(separator: " ").utf8)
    let trainer = try VocabularyTrainer(vocabularySize: 320)
    let whole = try text.withUnsafeBytes { try trainer.train(on: $0) }
    for part in [1, 10, 64, 1000, text.count] {
      let read = try trainer.train(byteCount: text.count, partBytes: part) { Array(text[$0]) }
      #expect(read.tokens == whole.tokens && read.merges.count == whole.merges.count, "\(part)")
    }
    #expect(throws: VocabularyTrainingError.self) { try trainer.train(byteCount: 0) { _ in [] } }
  }

  @Test func textIsCutOnlyBeforeASpaceBehindAVisibleCharacter() {
    func cuts(_ text: String) -> Set<Int> {
      Array(text.utf8).withUnsafeBytes { bytes in
        Set((1..<bytes.count).map { WordCounts.safeCut(in: bytes, from: $0) }).subtracting([bytes.count])
      }
    }
    #expect(cuts("ab  cd\n\nef g") == [2, 6, 10])
    #expect(cuts("é  \u{3000} x").isEmpty)
  }
}
