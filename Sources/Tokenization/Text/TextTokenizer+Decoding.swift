extension TextTokenizer {
  public func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    var bytes = try decodeContinuation(tokens, skippingSpecialTokens: skippingSpecialTokens)
    if pipeline.stripsLeadingSpace, bytes.first == UInt8(ascii: " ") { bytes.removeFirst() }
    return bytes
  }

  public func decodeContinuation(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * tokens.underestimatedCount)
    for token in tokens {
      guard token >= 0, Int(token) < kinds.count else {
        throw TokenizerError.tokenOutOfRange(id: token, vocabularySize: vocabularySize)
      }
      if skippingSpecialTokens, kinds[Int(token)] == .special { continue }
      bytes += texts[UInt32(token)]
    }
    return bytes
  }

  public func byteCount(of token: Int32) -> Int {
    guard token >= 0, Int(token) < kinds.count, kinds[Int(token)] != .special else { return 0 }
    return texts.range(of: UInt32(token)).count
  }
}
