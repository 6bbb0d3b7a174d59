extension TextTokenizer {
  public func adding(specialTokens texts: [String], endOfSequence: String?) throws -> TextTokenizer {
    var tokens = addedTokens
    var next = Int32(vocabularySize)
    var known = Dictionary(addedTokens.map { (Array($0.content.utf8), $0.id) }, uniquingKeysWith: { first, _ in first })
    for text in texts {
      func fail(_ reason: String) -> TokenizerError { .invalidSpecialToken(text: text, reason: reason) }
      if text.isEmpty { throw fail("is empty; give it a text") }
      if known[Array(text.utf8)] != nil { continue }
      if model.lookup.id(of: Array(text.utf8)) != nil {
        throw fail("is an ordinary token of the vocabulary; use another text")
      }
      tokens.append(AddedToken(id: next, content: text))
      known[Array(text.utf8)] = next
      next += 1
    }
    var roles = roles
    var pipeline = pipeline
    if let endOfSequence {
      guard let id = known[Array(endOfSequence.utf8)] else {
        throw TokenizerError.invalidSpecialToken(
          text: endOfSequence, reason: "is to end sequences, but is not among the special tokens; add it to them")
      }
      if pipeline.end == [roles.endOfSequence].compactMap({ $0 }), !pipeline.end.isEmpty { pipeline.end = [id] }
      roles.endOfSequence = id
    }
    // The file that this tokenizer came from does not have the new tokens.
    var origin = origin
    if tokens.count != addedTokens.count || roles != self.roles { origin.json = nil }
    do {
      return try TextTokenizer(
        model: model, pipeline: pipeline, addedTokens: tokens, roles: roles, origin: origin)
    } catch let problem as VocabularyProblem {
      throw TokenizerError.invalidSpecialToken(text: texts.joined(separator: ", "), reason: problem.text)
    }
  }
}
