import Foundation

/// The vocabulary of llama2.c: the length of the longest token, then score, length and bytes of every token.
enum Llama2CVocabulary {
  /// Whether the data is such a file from beginning to end.
  static func recognizes(_ data: Data) -> Bool { (try? tokens(Array(data))) != nil }

  /// - Throws: `TokenizerError`.
  static func tokenizer(_ data: Data, path: String) throws -> TextTokenizer {
    do {
      let tokens = try tokens(Array(data))
      // Unknown, beginning and end, the bytes, and then text.
      guard tokens.count >= 259 else {
        throw VocabularyProblem("\(tokens.count) tokens, expected at least the 3 special ones and 256 bytes")
      }
      var byteTokens = SentencePieceText.ByteTokens()
      for id in 3..<259 { try byteTokens.insert(tokens[id].text, id: id) }
      let scored = tokens.enumerated().map { id, token in
        id < 259 ? BytePairModel.ScoredToken(text: [], score: token.score) : token
      }
      var roles = TokenRoles()
      roles.unknown = 0
      roles.beginningOfSequence = 1
      roles.endOfSequence = 2
      var pipeline = TextPipeline()
      pipeline.spacePrefix = .everySection
      pipeline.stripsLeadingSpace = true
      pipeline.beginning = [1]
      var origin = TextTokenizer.Origin()
      origin.scores = tokens.map(\.score)
      let added = ["<unk>", "<s>", "</s>"].enumerated().map { AddedToken(id: Int32($0), content: $1) }
      return try TextTokenizer(
        model: .scored(scored, byteTokens: byteTokens.complete()), pipeline: pipeline, addedTokens: added,
        roles: roles, origin: origin)
    } catch let problem as VocabularyProblem {
      throw TokenizerError.unreadable(path: path, reason: problem.text)
    }
  }

  private static func tokens(_ bytes: [UInt8]) throws -> [BytePairModel.ScoredToken] {
    try bytes.withUnsafeBytes { bytes in
      func number(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      }
      guard bytes.count >= 12 else { throw VocabularyProblem("not a vocabulary of llama2.c: only \(bytes.count) bytes") }
      let limit = number(0)
      var tokens: [BytePairModel.ScoredToken] = []
      var offset = 4
      while offset < bytes.count {
        guard bytes.count - offset >= 8 else { throw VocabularyProblem("the file ends within token \(tokens.count)") }
        let length = number(offset + 4)
        guard length <= limit, Int(length) <= bytes.count - offset - 8 else {
          throw VocabularyProblem("token \(tokens.count) has \(length) bytes, expected at most \(limit) and no more than follow")
        }
        let score = Float(bitPattern: number(offset))
        tokens.append(.init(text: [UInt8](bytes[offset + 8..<offset + 8 + Int(length)]), score: score))
        offset += 8 + Int(length)
      }
      return tokens
    }
  }
}
