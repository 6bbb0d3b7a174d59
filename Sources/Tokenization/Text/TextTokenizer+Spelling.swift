extension TextTokenizer {
  /// How files spell every token; nil for ids without one: those of added tokens that merges do not know, and gaps.
  func spellings() -> [String?] {
    var result = (0..<model.tokens.count).map { id -> String? in
      let bytes = model.tokens[UInt32(id)]
      return bytes.isEmpty ? nil : spelling(bytes)
    }
    if model.units == .characters {
      for (byte, id) in model.byteTokens.enumerated() where id != BytePairModel.noSymbol {
        result[Int(id)] = SentencePieceText.byteName(UInt8(byte))
      }
      // Programs look for the texts of special tokens in the vocabulary of characters, too.
      for token in addedTokens where Int(token.id) < result.count { result[Int(token.id)] = token.content }
    }
    return result
  }

  /// The merges in their order, each as the spellings of its two parts.
  func mergeSpellings() -> [(left: String, right: String)] {
    let names = spellings()
    func name(_ symbol: UInt32) -> String? { Int(symbol) < names.count ? names[Int(symbol)] : nil }
    // Merges of characters that are no token never happen, as these are spelt in bytes.
    return model.pairs.ordered.compactMap { pair in
      guard let left = name(pair.left), let right = name(pair.right), name(pair.merge.result) != nil else { return nil }
      return (left, right)
    }
  }

  private func spelling(_ bytes: ArraySlice<UInt8>) -> String {
    switch model.units {
    case .characters: return String(decoding: SentencePieceText.spelling(bytes), as: UTF8.self)
    case .bytes: return ByteCharacters.spelling(bytes)
    }
  }
}
