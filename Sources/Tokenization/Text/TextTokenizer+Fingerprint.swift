extension TextTokenizer {
  /// Computed once, when the tokenizer is made.
  static func fingerprint(
    _ model: BytePairModel, _ pipeline: TextPipeline, _ addedTokens: [AddedToken], _ roles: TokenRoles
  ) -> String {
    var facts = TokenizerFacts(kind: "pairs of \(model.units)")
    facts.add("pipeline", "\(pipeline)")
    facts.add("roles", "\(roles)")
    for token in addedTokens { facts.add("added", "\(token)") }
    var tokens: [UInt8] = []
    for id in 0..<model.tokens.count {
      let token = model.tokens[UInt32(id)]
      withUnsafeBytes(of: UInt32(token.count).littleEndian) { tokens += $0 }
      tokens += token
    }
    facts.add("tokens", tokens)
    var pairs: [UInt8] = [model.takesWholePieces ? 1 : 0]
    for (left, right, merge) in model.pairs.ordered {
      for number in [left, right, merge.rank, merge.result] {
        withUnsafeBytes(of: number.littleEndian) { pairs += $0 }
      }
    }
    facts.add("pairs", pairs)
    facts.add("bytes", "\(model.byteTokens)")
    return facts.fingerprint
  }
}
