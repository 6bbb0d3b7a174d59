import Datasets
import Kernels
import Tokenization

/// A tokenizer with tokens of several bytes, small enough to check by hand.
///
/// Ids 0 … 255 are bytes; behind them come the given words, and last `<|endoftext|>`. It encodes from left to right, each time
/// the longest word that fits, but never past a space: words begin with a space or hold none.
struct WordTokenizer: Tokenizer, Equatable {
  let words: [[UInt8]]
  /// Ids that are skipped between the bytes and the words, to make the vocabulary large.
  let gap: Int

  init(_ words: [String], gap: Int = 0) {
    precondition(words.allSatisfy { !$0.isEmpty && !$0.utf8.dropFirst().contains(UInt8(ascii: " ")) })
    self.words = words.map { Array($0.utf8) }
    self.gap = gap
  }

  static let end = "<|endoftext|>"

  var vocabularySize: Int { 256 + gap + words.count + 1 }
  var specialTokens: [SpecialToken] { [SpecialToken(text: Self.end, id: Int32(vocabularySize - 1))] }
  var beginningOfSequenceTokenID: Int32? { nil }
  var endOfSequenceTokenID: Int32? { Int32(vocabularySize - 1) }
  var fingerprint: String { "words \(words), gap \(gap)" }

  func encode(bytes: some Sequence<UInt8>) -> [Int32] {
    let text = Array(bytes)
    var tokens: [Int32] = []
    var position = 0
    while position < text.count {
      let fitting = words.indices.filter { text[position...].starts(with: words[$0]) }
      if let longest = fitting.max(by: { words[$0].count < words[$1].count }) {
        tokens.append(Int32(256 + gap + longest))
        position += words[longest].count
      } else {
        tokens.append(Int32(text[position]))
        position += 1
      }
    }
    return tokens
  }

  func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    tokens.flatMap { token -> [UInt8] in
      if token < 256 { return [UInt8(token)] }
      let word = Int(token) - 256 - gap
      return words.indices.contains(word) ? words[word] : skippingSpecialTokens ? [] : Array(Self.end.utf8)
    }
  }

  func byteCount(of token: Int32) -> Int {
    if token < 256 { return 1 }
    let word = Int(token) - 256 - gap
    return words.indices.contains(word) ? words[word].count : 0
  }

  /// Before the last space up to the position: no token reaches across it.
  func safeCut(in text: UnsafeRawBufferPointer, near position: Int) -> Int {
    text[..<min(position + 1, text.count)].lastIndex(of: UInt8(ascii: " ")) ?? 0
  }

  func adding(specialTokens texts: [String], endOfSequence: String?) throws -> WordTokenizer { self }
}
