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
    }
    return result
  }

  /// As `spellings`, without holes: an added token among the others has its text, and an id without token a name.
  ///
  /// Programs that read a tokenizer.json number the added tokens which the vocabulary lacks from its end on.
  func spellingsWithoutHoles() -> [String] {
    var contents: [Int: String] = [:]
    for token in addedTokens { contents[Int(token.id)] = token.content }
    var result = spellings()
    let beyond = (result.count..<vocabularySize).map { contents[$0] }
    if beyond.contains(nil) { result += beyond }
    return result.enumerated().map { id, spelling in contents[id] ?? spelling ?? "[unused \(id)]" }
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
