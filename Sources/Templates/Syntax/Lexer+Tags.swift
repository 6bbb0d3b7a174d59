/// What stands inside `{{ }}` and `{% %}`.
extension Jinja.Lexer {
  private static let symbols: [StaticString] = [
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "(", ")", "[", "]", "{", "}", "<", ">", "=", ".",
    ":", "|", ",", ";",
  ]

  mutating func lexTag(isBlock: Bool, signed: Bool) throws {
    let start = line
    tokens.append(Jinja.Token(kind: isBlock ? .blockBegin : .variableBegin, text: "", line: line))
    position += signed ? 3 : 2
    var brackets: [UInt8] = []
    while true {
      // Ends count only outside brackets, which dictionaries close with the same signs.
      if brackets.isEmpty, lexEnd(isBlock: isBlock) { return }
      let before = position
      skipSpace()
      if position > before { continue }
      guard let byte = byte(at: position) else {
        let expected = isBlock ? "%}" : "}}"
        throw JinjaError(.syntax, "the tag that begins here has no end; expected '\(expected)'", line: start)
      }
      if lexNumber() { continue }
      if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        try lexString(quote: byte)
      } else if lexName() {
        continue
      } else {
        try lexSymbol(&brackets)
      }
    }
  }

  private mutating func lexEnd(isBlock: Bool) -> Bool {
    var index = position
    var sign: UInt8?
    if let byte = byte(at: index), byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") && isBlock {
      sign = byte
      index += 1
    }
    guard isBlock ? matches("%}", at: index) : matches("}}", at: index) else { return false }
    tokens.append(Jinja.Token(kind: isBlock ? .blockEnd : .variableEnd, text: "", line: line))
    position = index + 2
    endTag(sign: sign, trimsLine: isBlock)
    return true
  }

  private mutating func lexSymbol(_ brackets: inout [UInt8]) throws {
    guard let symbol = Self.symbols.first(where: { matches($0, at: position) }) else {
      let found = scalar(at: position).map { String($0.0) } ?? ""
      throw JinjaError(.syntax, "unexpected character '\(found)'", line: line)
    }
    let text = symbol.description
    let byte = source[position]
    switch text {
    case "(": brackets.append(UInt8(ascii: ")"))
    case "[": brackets.append(UInt8(ascii: "]"))
    case "{": brackets.append(UInt8(ascii: "}"))
    case ")", "]", "}":
      guard let expected = brackets.popLast() else {
        throw JinjaError(.syntax, "unexpected '\(text)': no bracket is open", line: line)
      }
      guard expected == byte else {
        throw JinjaError(
          .syntax, "unexpected '\(text)', expected '\(Character(Unicode.Scalar(expected)))'", line: line)
      }
    default: break
    }
    tokens.append(Jinja.Token(kind: .symbol, text: text, line: line))
    position += text.utf8.count
  }

  private mutating func lexName() -> Bool {
    var index = position
    while let (scalar, length) = scalar(at: index) {
      let isPart =
        scalar == "_" || (index > position ? scalar.properties.isXIDContinue : scalar.properties.isXIDStart)
      guard isPart else { break }
      index += length
    }
    guard index > position else { return false }
    let text = String(decoding: source[position..<index], as: UTF8.self)
    tokens.append(Jinja.Token(kind: .name, text: text, line: line))
    position = index
    return true
  }

  // MARK: Numbers

  private func isDigit(_ index: Int, _ digits: ClosedRange<UInt8> = 0x30...0x39) -> Bool {
    byte(at: index).map(digits.contains) ?? false
  }

  /// The end of digits with single underscores between them.
  private func endOfDigits(_ start: Int, _ isDigit: (Int) -> Bool) -> Int {
    var index = start
    while isDigit(index) || byte(at: index) == UInt8(ascii: "_") && index > start && isDigit(index + 1) { index += 1 }
    return index
  }

  private mutating func lexNumber() -> Bool {
    guard isDigit(position) else { return false }
    let start = position
    if byte(at: start) == UInt8(ascii: "0"), let mark = byte(at: start + 1).map({ $0 | 0x20 }),
      let radix = [UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2][mark]
    {
      let end = endOfDigits(start + 2) { index in
        byte(at: index).flatMap { Character(Unicode.Scalar($0)).hexDigitValue }.map { $0 < radix } ?? false
      }
      if end > start + 2 { return appendInteger(start..<end, skipping: 2, radix: radix) }
    }
    let whole = endOfDigits(start) { isDigit($0) }
    var end = whole
    let followsDot = start > 0 && source[start - 1] == UInt8(ascii: ".")
    if !followsDot, byte(at: end) == UInt8(ascii: "."), isDigit(end + 1) { end = endOfDigits(end + 1) { isDigit($0) } }
    if !followsDot, let mark = byte(at: end), mark | 0x20 == UInt8(ascii: "e") {
      let sign = byte(at: end + 1) == UInt8(ascii: "+") || byte(at: end + 1) == UInt8(ascii: "-") ? 1 : 0
      if isDigit(end + 1 + sign) { end = endOfDigits(end + 1 + sign) { isDigit($0) } }
    }
    guard end > whole else { return appendInteger(start..<whole, skipping: 0, radix: 10) }
    let text = String(decoding: source[start..<end].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    tokens.append(Jinja.Token(kind: .float(Double(text) ?? .infinity), text: text, line: line))
    position = end
    return true
  }

  private mutating func appendInteger(_ range: Range<Int>, skipping prefix: Int, radix: Int) -> Bool {
    let digits = source[range].dropFirst(prefix).filter { $0 != UInt8(ascii: "_") }
    let text = String(decoding: source[range], as: UTF8.self)
    let value = Int(String(decoding: digits, as: UTF8.self), radix: radix)
    // A number that does not fit stays a symbol, which no rule of the language takes.
    let kind = value.map(Jinja.Token.Kind.integer) ?? .symbol
    tokens.append(Jinja.Token(kind: kind, text: text, line: line))
    position = range.upperBound
    return true
  }

  // MARK: Strings

  private mutating func lexString(quote: UInt8) throws {
    let start = line
    var index = position + 1
    while let byte = byte(at: index), byte != quote { index += byte == UInt8(ascii: "\\") ? 2 : 1 }
    guard index < source.count else {
      throw JinjaError(.syntax, "the string that begins here has no end", line: start)
    }
    let contents = Array(source[(position + 1)..<index])
    let value = try Jinja.unescaped(contents, line: start)
    line += contents.count { $0 == UInt8(ascii: "\n") }
    tokens.append(Jinja.Token(kind: .string, text: "", value: value, line: start))
    position = index + 1
  }
}

extension Jinja {
  /// What a string literal stands for, by Python's rules.
  fileprivate static func unescaped(_ contents: [UInt8], line: Int) throws -> Text {
    guard contents.contains(UInt8(ascii: "\\")) else { return Text(contents) }
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}",
      "v": "\u{B}",
    ]
    var result = Text([])
    let scalars = Text(contents).scalars
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "\\", index + 1 < scalars.count else {
        result.append(scalars[index])
        index += 1
        continue
      }
      let mark = scalars[index + 1]
      index += 2
      if let scalar = simple[mark] {
        result.append(scalar)
      } else if let width = ["x": 2, "u": 4, "U": 8][mark] {
        let digits = scalars[index..<min(index + width, scalars.count)].map { String($0) }.joined()
        guard digits.utf8.count == width, digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
          let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code)
        else { throw JinjaError(.syntax, "'\\\(mark)\(digits)' in a string is no character", line: line) }
        result.append(scalar)
        index += width
      } else if ("0"..."7").contains(mark) {
        var code = mark.value - 0x30
        for _ in 0..<2 where index < scalars.count && ("0"..."7").contains(scalars[index]) {
          code = code * 8 + scalars[index].value - 0x30
          index += 1
        }
        result.append(Unicode.Scalar(code) ?? "?")
      } else if mark == "N" {
        throw JinjaError(.unsupported, "'\\N{…}' in a string is not supported; write the character", line: line)
      } else if mark != "\n" {
        result.append("\\" as Unicode.Scalar)
        result.append(mark)
      }
    }
    return result
  }
}
