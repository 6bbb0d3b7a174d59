/// The pattern of GPT-4o, which also cuts words where capitals begin:
/// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|`
/// `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:…)?|\p{N}{1,3}|`
/// ` ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
enum CasedPattern {
  private static let anyCase: CharacterClasses = [.modifier, .otherLetter, .marks]
  private static let upper: CharacterClasses = [.upper, .title, anyCase]
  private static let lower: CharacterClasses = [.lower, anyCase]
  private static let lettersAndMarks: CharacterClasses = [upper, lower]

  /// - Parameters:
  ///   - digits: the most that make a piece.
  ///   - contractions: whether `'s` and the like stay with their word.
  static func endOfPiece(_ text: TextBytes, from start: Int, digits: Int, contractions: Bool) -> Int {
    var length = 1
    let classes = text.classes(at: start, length: &length)
    let second = start + length
    // In the order of the pattern: with the optional character in front, which a mark may be, and without.
    let mayLead = !text.isLineEnd(start) && CharacterClasses([.letters, .numbers]).isDisjoint(with: classes)
    let isInWord = lettersAndMarks.contains(classes)
    let end =
      (mayLead ? endOfLowerWord(text, from: second) : nil) ?? (isInWord ? endOfLowerWord(text, from: start) : nil)
      ?? (mayLead ? endOfUpperWord(text, from: second) : nil) ?? (isInWord ? endOfUpperWord(text, from: start) : nil)
    if let end { return contractions ? text.endOfSuffix(from: end) : end }
    if classes == .numbers { return text.endOfRun(.numbers, from: second, limit: digits - 1) }
    if classes != .whiteSpace { return endOfSymbols(text, from: second) }
    if text.bytes[start] == UInt8(ascii: " "), second < text.count {
      let next = text.classes(at: second, length: &length)
      if !next.isDisjoint(with: .symbols) { return endOfSymbols(text, from: second + length) }
    }
    return text.endOfLines(from: start) ?? text.endOfWhiteSpace(from: start)
  }

  private static func endOfSymbols(_ text: TextBytes, from start: Int) -> Int {
    text.endOfLineEnds(from: text.endOfRun(.symbols, from: start), orSlashes: true)
  }

  /// `upper* lower+`; nil if that is not what stands at `start`.
  ///
  /// Characters of both sets go to the capitals first; if no small letter follows these, as many as are needed go back.
  private static func endOfLowerWord(_ text: TextBytes, from start: Int) -> Int? {
    var position = start
    var length = 1
    var afterAnyCase: Int?
    while position < text.count {
      let classes = text.classes(at: position, length: &length)
      guard upper.contains(classes) else { break }
      position += length
      if anyCase.contains(classes) { afterAnyCase = position }
    }
    let end = text.endOfRun(lower, from: position)
    return end > position ? end : afterAnyCase
  }

  /// `upper+ lower*` where `upper* lower+` is not.
  private static func endOfUpperWord(_ text: TextBytes, from start: Int) -> Int? {
    let end = text.endOfRun(upper, from: start)
    return end > start ? end : nil
  }
}

extension TextBytes {
  /// The end of a contraction, if one begins at `position`.
  fileprivate func endOfSuffix(from position: Int) -> Int {
    guard position < count else { return position }
    return endOfContraction(from: position, ignoringCase: true) ?? position
  }
}
