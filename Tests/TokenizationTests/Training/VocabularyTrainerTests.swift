import Testing

import Kernels
import Tokenization

@Suite struct VocabularyTrainerTests {
  @Test func bytesComeInTheOrderOfGPT2() throws {
    let tokens = try VocabularyTrainer(vocabularySize: 257).train(on: "a").tokens
    #expect(tokens.count == 256)
    #expect(Set(tokens).count == 256)
    for (id, byte) in [(0, 33), (93, 126), (94, 161), (105, 172), (106, 174), (187, 255)] {
      #expect(tokens[id] == [UInt8(byte)])
    }
    for (id, byte) in [(188, 0), (198, 10), (220, 32), (221, 127), (254, 160), (255, 173)] {
      #expect(tokens[id] == [UInt8(byte)])
    }
  }

  /// "ug" occurs three times, then "h"+"ug" twice. Then " "+"p", " "+"hug" and "p"+"ug" occur once: the left ids are 220,
  /// 220 and 79. " "+"p" is gone after the last of them, and " "+"hug" has the smaller right id than " "+"pug".
  @Test func mergesComeByFrequencyAndThenByIds() throws {
    let vocabulary = try VocabularyTrainer(vocabularySize: 300, minimumFrequency: 1).train(on: "hug hug pug")
    #expect(vocabulary.words == ["ug", "hug", "pug", " hug", " pug"])
    let pairs = vocabulary.merges.map { [$0.left, $0.right] }
    #expect(pairs == [[84, 70], [71, 256], [79, 256], [220, 257], [220, 258]])
  }

  /// "ab", "ac" and " a" occur twice each; " "+"ab" is left.
  @Test func amongEqualsWithTheSameLeftIdTheSmallestRightIdIsFirst() throws {
    let vocabulary = try VocabularyTrainer(vocabularySize: 300).train(on: "ac ab\nac ab")
    #expect(vocabulary.words == ["ab", "ac", " ab"])
  }

  /// aa aa aa a, aaaa aa a, and of the two pairs that are left the one with the smaller ids.
  @Test func aRunOfOneByteIsMergedFromTheLeft() throws {
    let vocabulary = try VocabularyTrainer(vocabularySize: 300, minimumFrequency: 1).train(on: "aaaaaaa")
    #expect(vocabulary.words == ["aa", "aaaa", "aaa", "aaaaaaa"])
  }

  @Test func theResultDoesNotDependOnTheNumberOfThreads() throws {
    // Long enough for several blocks.
    let text = Array(madeUpText(words: 2_500_000).utf8)
    #expect(text.count > 9 << 20)
    let trainer = try VocabularyTrainer(vocabularySize: 600)
    let alone = try ThreadPool.$current.withValue(.serial) { try trainer.train(on: text) }
    #expect(alone.size == 600)
    for threads in [2, 3, 8] {
      let together = try ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) { try trainer.train(on: text) }
      #expect(together == alone)
    }
  }

  @Test func theVocabularyHasTheSizeThatIsAskedFor() throws {
    let text = madeUpText(words: 20_000)
    for size in [257, 258, 400, 700] {
      let vocabulary = try VocabularyTrainer(vocabularySize: size).train(on: text)
      #expect(vocabulary.size == size)
      #expect(vocabulary.merges.count == size - 257)
      #expect(Set(vocabulary.tokens).count == vocabulary.tokens.count)
    }
  }

  @Test func aSmallerVocabularyBeginsAsTheLargerOne() throws {
    let text = madeUpText(words: 20_000)
    let large = try VocabularyTrainer(vocabularySize: 700).train(on: text)
    let small = try VocabularyTrainer(vocabularySize: 400).train(on: text)
    #expect(large.merges.starts(with: small.merges))
  }

  @Test func pairsRarerThanTheMinimumAreNotMerged() throws {
    let text = "abab ab xyxy xy ab"
    func words(_ minimum: Int) throws -> [String] {
      try VocabularyTrainer(vocabularySize: 1000, minimumFrequency: minimum).train(on: text).words
    }
    #expect(try words(5).isEmpty)
    #expect(try words(4) == ["ab"])
    #expect(try words(3) == ["ab", "xy"])
    #expect(try words(1).contains(" xyxy"))
  }

  @Test func mergesNeverCrossWords() throws {
    let vocabulary = try VocabularyTrainer(vocabularySize: 2000, minimumFrequency: 1).train(on: "ab cd ab cd ab cd")
    #expect(Set(vocabulary.words).isSubset(of: ["ab", " ab", "cd", " cd", " a", " c"]))
    #expect(vocabulary.words.contains(" ab"))
  }

  /// The counts that merging keeps must be those of a count from scratch.
  @Test func everyMergeIsTheMostFrequentPairOfTheTextAsItStands() throws {
    let text = madeUpText(words: 3000)
    let vocabulary = try VocabularyTrainer(vocabularySize: 357).train(on: text)
    var words: [[Int32]] = []
    Array(text.utf8).withUnsafeBytes { bytes in
      SimpleSplitter().forEachWord(in: bytes) { range in
        words.append(bytes[range].map { byte in Int32(vocabulary.tokens.firstIndex(of: [byte]) ?? -1) })
      }
    }
    for (number, merge) in vocabulary.merges.enumerated() {
      var counts: [[Int32]: Int] = [:]
      for word in words { for pair in zip(word, word.dropFirst()) { counts[[pair.0, pair.1], default: 0] += 1 } }
      let best = counts.max { a, b in
        a.value != b.value ? a.value < b.value : b.key.lexicographicallyPrecedes(a.key)
      }
      #expect(best?.key == [merge.left, merge.right])
      for index in words.indices {
        words[index] = Self.joined(words[index], merge, id: Int32(256 + number))
      }
    }
  }

  private static func joined(_ word: [Int32], _ merge: TrainedVocabulary.Merge, id: Int32) -> [Int32] {
    var result: [Int32] = []
    var position = 0
    while position < word.count {
      let isPair = position + 1 < word.count && word[position] == merge.left && word[position + 1] == merge.right
      result.append(isPair ? id : word[position])
      position += isPair ? 2 : 1
    }
    return result
  }
}
