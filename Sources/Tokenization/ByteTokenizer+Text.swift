import FileFormats

extension ByteTokenizer {
  /// Every byte is a token of its own.
  public func safeCut(in text: UnsafeRawBufferPointer, near position: Int) -> Int {
    min(max(1, position), text.count)
  }

  public func byteCount(of token: Int32) -> Int { (0..<256).contains(token) ? 1 : 0 }

  public func encode(_ text: String, parsingSpecialTokens: Bool) -> [Int32] {
    guard parsingSpecialTokens, !specialTokens.isEmpty else { return encode(bytes: text.utf8) }
    var text = text
    return text.withUTF8 { bytes in
      let matcher = AddedTokenMatcher(specialTokens.map { AddedToken(id: $0.id, content: $0.text) })
      var tokens: [Int32] = []
      var position = 0
      for match in matcher.matches(in: TextBytes(bytes), withSpecial: true) {
        tokens += bytes[position..<match.range.lowerBound].map(Int32.init)
        tokens.append(match.token.id)
        position = match.range.upperBound
      }
      return tokens + bytes[position...].map(Int32.init)
    }
  }

  public var fingerprint: String {
    var facts = TokenizerFacts(kind: "bytes")
    for token in specialTokens { facts.add("special", token.text) }
    facts.add("end", "\(endOfSequenceTokenID ?? -1)")
    return facts.fingerprint
  }
}
