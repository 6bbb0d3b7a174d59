import Tokenization

/// A vocabulary of given texts; special tokens stand behind them. Encodes bytes one by one.
struct ListedTokens: Tokenizer {
  let texts: [[UInt8]]
  let specialTokens: [SpecialToken]

  var vocabularySize: Int { texts.count + specialTokens.count }
  var endOfSequenceTokenID: Int32? { specialTokens.first?.id }

  func encode(bytes: some Sequence<UInt8>) -> [Int32] { bytes.map(Int32.init) }

  func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    try tokens.flatMap { token -> [UInt8] in
      if let special = specialTokens.first(where: { $0.id == token }) {
        return skippingSpecialTokens ? [] : Array(special.text.utf8)
      }
      guard texts.indices.contains(Int(token)) else {
        throw TokenizerError.tokenOutOfRange(id: token, vocabularySize: vocabularySize)
      }
      return texts[Int(token)]
    }
  }
}
