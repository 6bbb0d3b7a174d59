import Tokenization

/// Words with the white space before them: where letters and single spaces are all there is, the words of GPT-2.
struct SimpleSplitter: WordSplitter {
  func forEachWord(in text: UnsafeRawBufferPointer, _ body: (Range<Int>) -> Void) {
    func isSpace(_ position: Int) -> Bool { text[position] == 0x20 || text[position] == 0x0A }
    var start = 0
    while start < text.count {
      var end = start
      while end < text.count, isSpace(end) { end += 1 }
      while end < text.count, !isSpace(end) { end += 1 }
      body(start..<end)
      start = end
    }
  }
}

extension VocabularyTrainer {
  func train(on text: some Sequence<UInt8>) throws -> TrainedVocabulary {
    try Array(text).withUnsafeBytes { try train(on: $0, splitter: SimpleSplitter()) }
  }

  func train(on text: String) throws -> TrainedVocabulary { try train(on: text.utf8) }
}

extension TrainedVocabulary {
  /// The tokens of a word: the earliest merge first, from left to right.
  func segment(_ word: some Sequence<UInt8>) -> [Int32] {
    let order = Dictionary(uniqueKeysWithValues: merges.enumerated().map { ([$1.left, $1.right], $0) })
    var ids = word.map { byte in Int32(tokens.firstIndex(of: [byte]) ?? -1) }
    while let merge = zip(ids, ids.dropFirst()).compactMap({ order[[$0, $1]] }).min() {
      var position = 0
      while position + 1 < ids.count {
        if ids[position] == merges[merge].left, ids[position + 1] == merges[merge].right {
          ids.replaceSubrange(position...position + 1, with: [Int32(256 + merge)])
        }
        position += 1
      }
    }
    return ids
  }

  /// The merged tokens as text.
  var words: [String] { tokens.dropFirst(256).map { String(decoding: $0, as: UTF8.self) } }
}

/// A text of made-up words, some frequent and some rare; the same for the same number.
func madeUpText(words count: Int, seed: UInt64 = 1) -> String {
  var state = seed
  func next(below limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }
  let syllables = ["ba", "ne", "ti", "ro", "lu", "s", "mar", "kel", "o", "en"]
  let lexicon = (0..<600).map { _ in (0...next(below: 4)).map { _ in syllables[next(below: 10)] }.joined() }
  return (0..<count).map { _ in lexicon[next(below: 1 + next(below: 600))] }.joined(separator: " ")
}
