extension BytePairModel {
  /// A merge as a file gives it.
  struct Rule {
    let left: UInt32
    let right: UInt32
    let result: UInt32
  }

  /// A vocabulary of bytes whose merges are listed, first ones first.
  /// - Parameters:
  ///   - tokens: the bytes of each id; empty for added tokens and gaps.
  ///   - takesWholePieces: `ignore_merges`.
  /// - Throws: `VocabularyProblem`.
  static func bytes(_ tokens: [[UInt8]], rules: [Rule], takesWholePieces: Bool) throws -> BytePairModel {
    let (bytes, lookup) = try table(tokens)
    return BytePairModel(
      units: .bytes, tokens: bytes, pairs: try pairs(rules), byteTokens: try byteTokens(lookup),
      characters: PairTable(capacity: 0), looseCharacters: [], lookup: lookup, takesWholePieces: takesWholePieces,
      isCutBeforeSpaces: false)
  }

  /// A vocabulary of bytes in which two tokens merge wherever a third one spells both: the lowest id first.
  /// - Throws: `VocabularyProblem`.
  static func ranked(_ tokens: [[UInt8]]) throws -> BytePairModel {
    let (bytes, lookup) = try table(tokens)
    var pairs = PairTable(capacity: 3 * tokens.count)
    for id in tokens.indices where tokens[id].count > 1 {
      try forEachSplit(UInt32(id), bytes, lookup) { left, right in
        pairs.insert(left, right, PairTable.Merge(rank: UInt32(id), result: UInt32(id)))
      }
    }
    return BytePairModel(
      units: .bytes, tokens: bytes, pairs: pairs, byteTokens: try byteTokens(lookup),
      characters: PairTable(capacity: 0), looseCharacters: [], lookup: lookup, takesWholePieces: true,
      isCutBeforeSpaces: false)
  }

  static func table(_ tokens: [[UInt8]]) throws -> (TokenBytes, ByteStringTable) {
    guard tokens.count < sizeLimit else {
      throw VocabularyProblem("\(tokens.count) tokens, expected fewer than \(sizeLimit)")
    }
    let bytes = TokenBytes(tokens)
    var lookup = ByteStringTable(bytes)
    for (id, token) in tokens.enumerated() where !token.isEmpty {
      if let other = lookup.insert(UInt32(id)) {
        throw VocabularyProblem("tokens \(other) and \(id) are the same text \"\(String(decoding: token, as: UTF8.self))\"")
      }
    }
    return (bytes, lookup)
  }

  static func pairs(_ rules: [Rule]) throws -> PairTable {
    guard rules.count < sizeLimit else {
      throw VocabularyProblem("\(rules.count) merges, expected fewer than \(sizeLimit)")
    }
    var pairs = PairTable(capacity: rules.count)
    for (rank, rule) in rules.enumerated() {
      pairs.insert(rule.left, rule.right, PairTable.Merge(rank: UInt32(rank), result: rule.result))
    }
    return pairs
  }

  /// Calls `body` with the ids of every two tokens that spell token `id` together.
  private static func forEachSplit(
    _ id: UInt32, _ tokens: TokenBytes, _ lookup: ByteStringTable, _ body: (UInt32, UInt32) throws -> Void
  ) throws {
    try tokens.withBytes(of: id) { token in
      guard token.count <= tokenByteLimit else {
        throw VocabularyProblem("token \(id) has \(token.count) bytes, expected at most \(tokenByteLimit)")
      }
      for middle in 1..<token.count {
        guard let left = lookup.id(of: UnsafeBufferPointer(rebasing: token[..<middle])),
          let right = lookup.id(of: UnsafeBufferPointer(rebasing: token[middle...]))
        else { continue }
        try body(left, right)
      }
    }
  }

  /// Looking for all splits of a token takes the square of its length.
  static let tokenByteLimit = 4096

  /// Real vocabularies lack bytes that their training text did not have; none at all is another kind of vocabulary.
  private static func byteTokens(_ lookup: ByteStringTable) throws -> [UInt32] {
    let tokens = (0...255).map { lookup.id(of: [UInt8($0)]) ?? noSymbol }
    guard tokens.contains(where: { $0 != noSymbol }) else {
      throw VocabularyProblem("no token stands for a single byte; a byte-level vocabulary begins with them")
    }
    return tokens
  }
}
