extension TextTokenizer {
  public func encode(bytes: some Sequence<UInt8>) -> [Int32] {
    bytes.withContiguousStorageIfAvailable { encode($0, parsingSpecialTokens: false) }
      ?? Array(bytes).withUnsafeBufferPointer { encode($0, parsingSpecialTokens: false) }
  }

  public func encode(_ text: String, parsingSpecialTokens: Bool) -> [Int32] {
    var text = text
    return text.withUTF8 { encode($0, parsingSpecialTokens: parsingSpecialTokens) }
  }

  public func encodeSequence(_ text: String, parsingSpecialTokens: Bool) -> [Int32] {
    pipeline.beginning + encode(text, parsingSpecialTokens: parsingSpecialTokens) + pipeline.end
  }

  private func encode(_ bytes: UnsafeBufferPointer<UInt8>, parsingSpecialTokens: Bool) -> [Int32] {
    let text = TextBytes(bytes)
    return withEncoder { encoder in
      forEachSection(text, rawMatcher, withSpecial: parsingSpecialTokens, encoder) { range in
        encodeSection(
          text.part(range), withSpecial: parsingSpecialTokens, beginsText: range.lowerBound == 0, encoder)
      }
      return encoder.output.array
    }
  }

  /// Appends the ids of added tokens and calls `body` for what lies between them.
  private func forEachSection(
    _ text: TextBytes, _ matcher: AddedTokenMatcher, withSpecial: Bool, _ encoder: PieceEncoder,
    _ body: (Range<Int>) -> Void
  ) {
    var position = 0
    for match in matcher.matches(in: text, withSpecial: withSpecial) {
      if position < match.range.lowerBound { body(position..<match.range.lowerBound) }
      encoder.output.append(match.token.id)
      position = match.range.upperBound
    }
    if position < text.count { body(position..<text.count) }
  }

  private func encodeSection(
    _ text: TextBytes, withSpecial: Bool, beginsText: Bool, _ encoder: PieceEncoder
  ) {
    withNormalized(text, prefix: pipeline.spacePrefix == .everySection) { text in
      forEachSection(text, normalizedMatcher, withSpecial: withSpecial, encoder) { range in
        let part = text.part(range)
        let needsSpace =
          switch pipeline.spacePrefix {
          case .none, .everySection: false
          case .sectionsWithoutSpace: true
          case .textWithoutSpace: beginsText && range.lowerBound == 0
          }
        guard needsSpace, part.bytes[0] != UInt8(ascii: " ") else { return encodePieces(part, encoder) }
        var spaced = [UInt8(ascii: " ")]
        spaced.append(contentsOf: UnsafeBufferPointer(start: part.bytes, count: part.count))
        spaced.withUnsafeBufferPointer { encodePieces(TextBytes($0), encoder) }
      }
    }
  }

  private func encodePieces(_ text: TextBytes, _ encoder: PieceEncoder) {
    model.pairs.withReader { pairs in
      switch model.units {
      case .bytes: pipeline.splitters.forEachPiece(text) { encoder.encode(text, $0, pairs) }
      case .characters: forEachWord(text) { encoder.encode(text, $0, pairs) }
      }
    }
  }

  /// Pieces of a vocabulary of characters: a word with the spaces before it, if no token crosses these bounds.
  @inline(__always)
  private func forEachWord(_ text: TextBytes, _ body: (Range<Int>) -> Void) {
    let cutsEverySpace = pipeline.isCutAtSpaces
    guard cutsEverySpace || model.isCutBeforeSpaces else { return body(0..<text.count) }
    let space = UInt8(ascii: " ")
    var start = 0
    for position in 1..<max(1, text.count)
    where text.bytes[position] == space && (cutsEverySpace || text.bytes[position - 1] != space) {
      body(start..<position)
      start = position
    }
    if start < text.count { body(start..<text.count) }
  }

  private func withNormalized(_ text: TextBytes, prefix: Bool, _ body: (TextBytes) -> Void) {
    switch model.units {
    case .bytes:
      guard pipeline.composes, let composed = CanonicalComposition.composed(text) else { return body(text) }
      composed.withUnsafeBufferPointer { body(TextBytes($0)) }
    case .characters:
      Self.spaced(text, prefix: prefix).withUnsafeBufferPointer { body(TextBytes($0)) }
    }
  }

  /// How a content stands in normalised text.
  static func normalized(_ content: [UInt8], _ model: BytePairModel, _ pipeline: TextPipeline) -> [UInt8] {
    content.withUnsafeBufferPointer { buffer in
      let text = TextBytes(buffer)
      return switch model.units {
      case .bytes: pipeline.composes ? CanonicalComposition.composed(text) ?? content : content
      case .characters: spaced(text, prefix: pipeline.spacePrefix == .everySection)
      }
    }
  }

  /// The text with ordinary spaces for U+2581, which means the same in vocabularies of characters.
  private static func spaced(_ text: TextBytes, prefix: Bool) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + 1)
    if prefix { result.append(UInt8(ascii: " ")) }
    var position = 0
    var begin = 0
    while position + 2 < text.count {
      if text.bytes[position] == 0xE2, text.bytes[position + 1] == 0x96, text.bytes[position + 2] == 0x81 {
        result.append(contentsOf: UnsafeBufferPointer(start: text.bytes + begin, count: position - begin))
        result.append(UInt8(ascii: " "))
        position += 3
        begin = position
      } else {
        position += 1
      }
    }
    result.append(contentsOf: UnsafeBufferPointer(start: text.bytes + begin, count: text.count - begin))
    return result
  }
}
