/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
enum GPT2Pattern {
  @inline(__always)
  static func endOfPiece(_ text: TextBytes, from start: Int) -> Int {
    if let end = text.endOfContraction(from: start, ignoringCase: false) { return end }
    var length = 1
    var position = start
    var classes = text.classes(at: start, length: &length)
    if text.bytes[start] == UInt8(ascii: " "), start + 1 < text.count {
      let next = text.classes(at: start + 1, length: &length)
      if next != .whiteSpace { (position, classes) = (start + 1, next) }
    }
    if classes == .whiteSpace { return text.endOfWhiteSpace(from: start) }
    let run: CharacterClasses =
      CharacterClasses.letters.contains(classes) ? .letters : classes == .numbers ? .numbers : .symbols
    return text.endOfRun(run, from: position + length)
  }
}
