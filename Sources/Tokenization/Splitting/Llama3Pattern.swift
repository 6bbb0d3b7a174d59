/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
enum Llama3Pattern {
  /// - Parameter digits: the most that make a piece.
  @inline(__always)
  static func endOfPiece(_ text: TextBytes, from start: Int, digits: Int) -> Int {
    if let end = text.endOfContraction(from: start, ignoringCase: true) { return end }
    var length = 1
    let classes = text.classes(at: start, length: &length)
    if CharacterClasses.letters.contains(classes) { return text.endOfRun(.letters, from: start + length) }
    if classes == .numbers { return text.endOfRun(.numbers, from: start + length, limit: digits - 1) }

    let second = start + length
    var next = CharacterClasses()
    var nextLength = 1
    if second < text.count { next = text.classes(at: second, length: &nextLength) }
    if !next.isEmpty, CharacterClasses.letters.contains(next), !text.isLineEnd(start) {
      return text.endOfRun(.letters, from: second + nextLength)
    }
    if classes != .whiteSpace {
      return text.endOfLineEnds(from: text.endOfRun(.symbols, from: second))
    }
    if text.bytes[start] == UInt8(ascii: " "), !next.isDisjoint(with: .symbols) {
      return text.endOfLineEnds(from: text.endOfRun(.symbols, from: second + nextLength))
    }
    return text.endOfLines(from: start) ?? text.endOfWhiteSpace(from: start)
  }
}
