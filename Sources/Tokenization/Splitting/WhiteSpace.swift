/// The alternatives that patterns share.
extension TextBytes {
  /// `\s+(?!\S)|\s+` at white space: a run leaves its last character to what follows it.
  @inline(__always)
  func endOfWhiteSpace(from start: Int) -> Int {
    var end = start
    var last = start
    var length = 1
    while end < count, classes(at: end, length: &length) == .whiteSpace {
      last = end
      end += length
    }
    return end == count || last == start ? end : last
  }

  /// `\s*[\r\n]+` at white space; nil if there is no line end in it.
  @inline(__always)
  func endOfLines(from start: Int) -> Int? {
    var end = start
    var afterLine: Int?
    var length = 1
    while end < count, classes(at: end, length: &length) == .whiteSpace {
      end += length
      if isLineEnd(end - length) { afterLine = end }
    }
    return afterLine
  }

  @inline(__always)
  func isLineEnd(_ position: Int) -> Bool {
    bytes[position] == UInt8(ascii: "\n") || bytes[position] == UInt8(ascii: "\r")
  }

  /// `[\r\n]*`, or `[\r\n/]*`.
  @inline(__always)
  func endOfLineEnds(from start: Int, orSlashes: Bool = false) -> Int {
    var end = start
    while end < count, isLineEnd(end) || orSlashes && bytes[end] == UInt8(ascii: "/") { end += 1 }
    return end
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d` at an apostrophe, letters in lower case or, `ignoringCase`, in any: then the long s counts
  /// as an s too. Nil if there is none.
  @inline(__always)
  func endOfContraction(from start: Int, ignoringCase: Bool) -> Int? {
    guard bytes[start] == UInt8(ascii: "'"), start + 1 < count else { return nil }
    let fold: UInt8 = ignoringCase ? 0x20 : 0
    let first = bytes[start + 1] | fold
    switch first {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    case 0xC5 | fold where ignoringCase && bytes[start + 1] == 0xC5:
      return start + 2 < count && bytes[start + 2] == 0xBF ? start + 3 : nil
    case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
      guard start + 2 < count else { return nil }
      let second = bytes[start + 2] | fold
      return second == (first == UInt8(ascii: "l") ? first : UInt8(ascii: "e")) ? start + 3 : nil
    default: return nil
    }
  }
}

/// `\s+$`
enum TrailingWhiteSpace {
  static func endOfPiece(_ text: TextBytes, from start: Int) -> Int {
    var position = start
    var length = 1
    var runStart: Int?
    while position < text.count {
      if text.classes(at: position, length: &length) == .whiteSpace {
        runStart = runStart ?? position
      } else {
        runStart = nil
      }
      position += length
    }
    guard let runStart, runStart > start else { return text.count }
    return runStart
  }
}
