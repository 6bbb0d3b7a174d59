extension BytePairModel {
  /// A token of a vocabulary of characters.
  struct ScoredToken {
    /// The text with ordinary spaces; empty for tokens that no text reaches.
    var text: [UInt8]
    /// Tokens of higher score merge first.
    var score: Float
  }

  /// A vocabulary in which two symbols merge wherever a token spells both: the highest score first (SentencePiece).
  /// - Parameter byteTokens: the ids of the tokens for the 256 bytes.
  /// - Throws: `VocabularyProblem`.
  static func scored(_ scored: [ScoredToken], byteTokens: [UInt32]) throws -> BytePairModel {
    let (bytes, lookup) = try table(scored.map(\.text))
    var symbols = CharacterSymbols(tokenCount: scored.count, lookup: lookup)
    for token in scored where CharacterSymbols.starts(token.text).count == 1 { _ = symbols.symbol(token.text[...]) }
    let ranks = ranks(scored)
    var pairs = PairTable(capacity: 3 * scored.count)
    for id in scored.indices {
      let text = scored[id].text
      guard text.count <= tokenByteLimit else {
        throw VocabularyProblem("token \(id) has \(text.count) bytes, expected at most \(tokenByteLimit)")
      }
      let starts = CharacterSymbols.starts(text)
      for middle in starts.dropFirst() {
        guard let left = symbols.symbol(text[..<middle]), let right = symbols.symbol(text[middle...]) else { continue }
        pairs.insert(left, right, PairTable.Merge(rank: ranks[id], result: UInt32(id)))
      }
    }
    return BytePairModel(
      units: .characters, tokens: bytes, pairs: pairs, byteTokens: byteTokens, characters: symbols.characters,
      looseCharacters: symbols.loose, lookup: lookup, takesWholePieces: false,
      isCutBeforeSpaces: isCutBeforeSpaces(bytes))
  }

  /// A vocabulary of characters whose merges are listed, first ones first.
  /// - Throws: `VocabularyProblem`.
  static func merged(_ tokens: [[UInt8]], rules: [Rule], byteTokens: [UInt32]) throws -> BytePairModel {
    let (bytes, lookup) = try table(tokens)
    var symbols = CharacterSymbols(tokenCount: tokens.count, lookup: lookup)
    for token in tokens where CharacterSymbols.starts(token).count == 1 { _ = symbols.symbol(token[...]) }
    return BytePairModel(
      units: .characters, tokens: bytes, pairs: try pairs(rules), byteTokens: byteTokens,
      characters: symbols.characters, looseCharacters: symbols.loose, lookup: lookup, takesWholePieces: false,
      isCutBeforeSpaces: isCutBeforeSpaces(bytes))
  }

  /// Equal scores have equal ranks: then the leftmost pair comes first.
  private static func ranks(_ tokens: [ScoredToken]) -> [UInt32] {
    // NaN would have no place in the order.
    let scores = tokens.map { $0.score.isNaN ? -Float.infinity : $0.score }
    var ranks = [UInt32](repeating: 0, count: scores.count)
    var rank: UInt32 = 0
    var last: Float?
    for id in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
      if let last, scores[id] < last { rank += 1 }
      last = scores[id]
      ranks[id] = rank
    }
    return ranks
  }

  private static func isCutBeforeSpaces(_ tokens: TokenBytes) -> Bool {
    (0..<tokens.count).allSatisfy { id in
      let token = tokens[UInt32(id)]
      guard let first = token.firstIndex(where: { $0 != UInt8(ascii: " ") }) else { return true }
      return !token[first...].contains(UInt8(ascii: " "))
    }
  }
}

/// Gives symbols to the characters of a vocabulary.
private struct CharacterSymbols {
  let tokenCount: Int
  let lookup: ByteStringTable
  var characters = PairTable(capacity: 1024)
  var loose: [UInt32] = []

  init(tokenCount: Int, lookup: ByteStringTable) {
    self.tokenCount = tokenCount
    self.lookup = lookup
  }

  /// Where the characters of a text begin.
  static func starts(_ text: [UInt8]) -> [Int] {
    text.withUnsafeBufferPointer { buffer in
      let text = TextBytes(buffer)
      var starts: [Int] = []
      var position = 0
      var length = 1
      while position < text.count {
        starts.append(position)
        _ = text.scalar(at: position, length: &length)
        position += length
      }
      return starts
    }
  }

  /// The symbol of a part of a token: a token, or a single character; nil for anything else.
  mutating func symbol(_ part: ArraySlice<UInt8>) -> UInt32? {
    let token = part.withUnsafeBufferPointer { lookup.id(of: $0) }
    let scalar = part.withUnsafeBufferPointer { buffer -> UInt32? in
      var length = 1
      let scalar = TextBytes(buffer).scalar(at: 0, length: &length)
      return length == buffer.count && scalar != TextBytes.invalid ? scalar : nil
    }
    guard let scalar else { return token }
    if let known = characters[scalar, 0] { return known.result }
    let symbol = token ?? UInt32(tokenCount + loose.count)
    if token == nil { loose.append(scalar) }
    characters.insert(scalar, 0, PairTable.Merge(rank: 0, result: symbol))
    return symbol
  }
}
