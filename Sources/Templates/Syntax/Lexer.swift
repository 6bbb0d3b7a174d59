extension Jinja {
  /// Cuts a template into tokens, with `trim_blocks` and `lstrip_blocks`: the line feed behind a block tag and the
  /// spaces before it at the start of a line do not count.
  struct Lexer {
    let source: [UInt8]
    var position = 0
    var line = 1
    var tokens: [Token] = []

    static func tokens(_ text: String) throws -> [Token] {
      var lexer = Lexer(source: normalized(text))
      try lexer.run()
      return lexer.tokens
    }

    /// With line feeds alone, and without the last one.
    private static func normalized(_ text: String) -> [UInt8] {
      var result: [UInt8] = []
      var followsReturn = false
      for byte in text.utf8 {
        if byte == UInt8(ascii: "\n"), followsReturn {
          followsReturn = false
          continue
        }
        followsReturn = byte == UInt8(ascii: "\r")
        result.append(followsReturn ? UInt8(ascii: "\n") : byte)
      }
      if result.last == UInt8(ascii: "\n") { result.removeLast() }
      return result
    }

    private init(source: [UInt8]) { self.source = source }

    private mutating func run() throws {
      // Whether what precedes the text ended a line.
      var startsLine = true
      while position < source.count {
        let start = position
        let opening = nextOpening()
        let end = opening ?? source.count
        position = end
        guard opening != nil else {
          append(data: start..<end)
          break
        }
        let kind = source[end + 1]
        let sign = byte(at: end + 2)
        let isRaw = kind == UInt8(ascii: "%") && rawTagEnd(at: end) != nil
        let keeps = sign == UInt8(ascii: "+") && (kind != UInt8(ascii: "{"))
        let strips = sign == UInt8(ascii: "-")
        let isStripped = kind != UInt8(ascii: "{") && !keeps
        append(data: start..<trimmedEnd(start..<end, strips: strips, stripsLine: isStripped, startsLine: startsLine))
        line += newlines(start..<end) - newlines(dataRange)
        let tagStart = position
        if isRaw {
          try lexRaw()
        } else if kind == UInt8(ascii: "#") {
          try skipComment()
        } else {
          try lexTag(isBlock: kind == UInt8(ascii: "%"), signed: strips || sign == UInt8(ascii: "+"))
        }
        startsLine = position > tagStart && source[position - 1] == UInt8(ascii: "\n")
      }
      tokens.append(Token(kind: .end, text: "", line: line))
    }

    // MARK: Text outside tags

    /// The range that was last appended as data.
    private var dataRange = 0..<0

    private mutating func append(data range: Range<Int>) {
      dataRange = range
      if !range.isEmpty { tokens.append(Token(kind: .data, text: "", value: Text(source[range]), line: line)) }
      line += newlines(range)
    }

    private func newlines(_ range: Range<Int>) -> Int { source[range].count { $0 == UInt8(ascii: "\n") } }

    func byte(at index: Int) -> UInt8? { index < source.count ? source[index] : nil }

    private func nextOpening() -> Int? {
      var index = position
      while index + 1 < source.count {
        if source[index] == UInt8(ascii: "{"), "{%#".utf8.contains(source[index + 1]) { return index }
        index += 1
      }
      return nil
    }

    /// Where the text before a tag ends.
    private func trimmedEnd(_ range: Range<Int>, strips: Bool, stripsLine: Bool, startsLine: Bool) -> Int {
      if strips {
        let text = Text(source[range]).scalars
        let kept = text.reversed().drop { $0.isPythonSpace }
        return range.lowerBound + Text(kept).bytes.count
      }
      guard stripsLine else { return range.upperBound }
      let lineStart = source[range].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? range.lowerBound
      guard lineStart > range.lowerBound || startsLine else { return range.upperBound }
      let rest = Text(source[lineStart..<range.upperBound]).scalars
      return !rest.isEmpty && rest.allSatisfy(\.isPythonSpace) ? lineStart : range.upperBound
    }

    mutating func skipSpace() {
      while let (scalar, length) = scalar(at: position), scalar.isPythonSpace {
        if scalar == "\n" { line += 1 }
        position += length
      }
    }

    /// The code point at an offset and its length in bytes.
    func scalar(at index: Int) -> (Unicode.Scalar, Int)? {
      guard let first = byte(at: index) else { return nil }
      if first < 0x80 { return (Unicode.Scalar(first), 1) }
      let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
      let text = String(decoding: source[index..<min(index + length, source.count)], as: UTF8.self)
      return text.unicodeScalars.first.map { ($0, length) }
    }

    func matches(_ text: StaticString, at index: Int) -> Bool {
      let length = text.utf8CodeUnitCount
      guard index + length <= source.count else { return false }
      return (0..<length).allSatisfy { source[index + $0] == text.utf8Start[$0] }
    }

    /// After the end of a block or a comment: `-` takes all space, and no sign one line feed.
    mutating func endTag(sign: UInt8?, trimsLine: Bool) {
      if sign == UInt8(ascii: "-") {
        skipSpace()
      } else if sign == nil, trimsLine, byte(at: position) == UInt8(ascii: "\n") {
        position += 1
        line += 1
      }
    }

    // MARK: Comments and raw text

    private mutating func skipComment() throws {
      let start = line
      let sign = byte(at: position + 2)
      let contents = position + (sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") ? 3 : 2)
      var index = contents
      while index + 1 < source.count, !matches("#}", at: index) { index += 1 }
      guard matches("#}", at: index) else {
        throw JinjaError(.syntax, "the comment that begins here has no end; expected '#}'", line: start)
      }
      line += newlines(position..<index)
      let last = index > contents ? source[index - 1] : 0
      position = index + 2
      endTag(sign: last == UInt8(ascii: "-") || last == UInt8(ascii: "+") ? last : nil, trimsLine: true)
    }

    /// The end of a tag `{% raw %}` at `index`, and whether it takes the space behind it.
    private func rawTagEnd(at index: Int) -> (end: Int, strips: Bool)? {
      tagEnd(of: "raw", at: index).flatMap { $0.sign == UInt8(ascii: "+") ? nil : ($0.end, $0.sign != nil) }
    }

    private func tagEnd(of name: StaticString, at index: Int) -> (end: Int, sign: UInt8?)? {
      var index = index + 2
      func skipSpace() {
        while let (scalar, length) = scalar(at: index), scalar.isPythonSpace { index += length }
      }
      if byte(at: index) == UInt8(ascii: "-") || byte(at: index) == UInt8(ascii: "+") { index += 1 }
      skipSpace()
      guard matches(name, at: index) else { return nil }
      index += name.utf8CodeUnitCount
      skipSpace()
      var sign: UInt8?
      if let byte = byte(at: index), byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
        sign = byte
        index += 1
      }
      return matches("%}", at: index) ? (index + 2, sign) : nil
    }

    private mutating func lexRaw() throws {
      guard let opening = rawTagEnd(at: position) else { return }
      let first = line
      line += newlines(position..<opening.end)
      position = opening.end
      if opening.strips { skipSpace() }
      let start = position
      var index = start
      while index < source.count {
        if matches("{%", at: index), let closing = tagEnd(of: "endraw", at: index) {
          let sign = byte(at: index + 2)
          let startsLine = start > 0 && source[start - 1] == UInt8(ascii: "\n")
          append(
            data:
              start..<trimmedEnd(
                start..<index, strips: sign == UInt8(ascii: "-"), stripsLine: sign != UInt8(ascii: "+"),
                startsLine: startsLine))
          line += newlines(start..<closing.end) - newlines(dataRange)
          position = closing.end
          endTag(sign: closing.sign, trimsLine: true)
          return
        }
        index += 1
      }
      throw JinjaError(.syntax, "the raw text that begins here has no end; expected '{% endraw %}'", line: first)
    }
  }
}
