import Foundation

extension JinjaValue {
  /// Reads a JSON document and keeps the order of its keys. As in Python, the last of equal keys counts.
  /// - Throws: `JinjaError` of the kind `syntax` (with the line in the document), or `limit`.
  public init(json: Data) throws {
    var reader = JinjaJSONReader(bytes: Array(json))
    self = try reader.readDocument()
  }

  public init(json: String) throws { try self.init(json: Data(json.utf8)) }
}

/// A strict JSON reader whose objects keep their order.
private struct JinjaJSONReader {
  let bytes: [UInt8]
  var position = 0

  mutating func readDocument() throws -> JinjaValue {
    let value = try read(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw error("unexpected text after the document") }
    return value
  }

  private func error(_ message: String, _ kind: JinjaError.Kind = .syntax) -> JinjaError {
    let line = 1 + bytes[..<min(position, bytes.count)].count { $0 == UInt8(ascii: "\n") }
    return JinjaError(kind, "not JSON: " + message, line: line)
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { position += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func read(depth: Int) throws -> JinjaValue {
    guard depth < Jinja.maximumContainerDepth else {
      throw error("nested more than \(Jinja.maximumContainerDepth) levels deep", .limit)
    }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return .dictionary(try readObject(depth))
    case UInt8(ascii: "["):
      var elements: [JinjaValue] = []
      position += 1
      skipSpace()
      if skip("]") { return .list(elements) }
      repeat {
        elements.append(try read(depth: depth + 1))
        skipSpace()
      } while skip(",")
      guard skip("]") else { throw error("expected ',' or ']'") }
      return .list(elements)
    case UInt8(ascii: "\""): return .string(try readString())
    case .some(let byte) where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return try readNumber()
    default: break
    }
    let words: [(String, JinjaValue)] = [("true", .boolean(true)), ("false", .boolean(false)), ("null", .none)]
    for (word, value) in words where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw error(current == nil ? "the text ends where a value is expected" : "expected a value")
  }

  private mutating func readObject(_ depth: Int) throws -> JinjaDictionary {
    var result = JinjaDictionary()
    position += 1
    skipSpace()
    if skip("}") { return result }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw error("expected a key in double quotes") }
      let key = try readString()
      skipSpace()
      guard skip(":") else { throw error("expected ':' after a key") }
      result[key] = try read(depth: depth + 1)
      skipSpace()
    } while skip(",")
    guard skip("}") else { throw error("expected ',' or '}'") }
    return result
  }

  private mutating func skipDigits() throws {
    guard let byte = current, (0x30...0x39).contains(byte) else { throw error("expected a digit") }
    while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
  }

  private mutating func readNumber() throws -> JinjaValue {
    let start = position
    _ = skip("-")
    if !skip("0") { try skipDigits() }
    let wholeEnd = position
    if skip(".") { try skipDigits() }
    if skip("e") || skip("E") {
      if !skip("+") { _ = skip("-") }
      try skipDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if position == wholeEnd {
      guard let value = Int(text) else { throw error("the number \(text.prefix(40)) does not fit into 64 bits") }
      return .integer(value)
    }
    guard let value = Double(text) else { throw error("\(text.prefix(40)) is no number") }
    return .float(value)
  }

  private mutating func readString() throws -> String {
    position += 1
    var contents: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: contents, as: UTF8.self) else {
          throw error("the string before this point is not valid UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): contents += String(try readEscape()).utf8
      case 0..<0x20: throw error("control character \(byte) in a string")
      default: contents.append(byte)
      }
    }
    throw error("the text ends inside a string")
  }

  private mutating func readEscape() throws -> Unicode.Scalar {
    let simple: [UInt8: Unicode.Scalar] = [
      UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
      UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]
    guard let byte = current else { throw error("the text ends inside an escape sequence") }
    position += 1
    if let scalar = simple[byte] { return scalar }
    guard byte == UInt8(ascii: "u") else { throw error("unknown escape sequence") }
    let first = try readCode()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, skip("\\"), skip("u"), case let second = try readCode(), (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw error("half of a surrogate pair") }
    return scalar
  }

  private mutating func readCode() throws -> UInt32 {
    guard position + 4 <= bytes.count else { throw error("the text ends inside an escape sequence") }
    let digits = String(decoding: bytes[position..<(position + 4)], as: UTF8.self)
    guard digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }), let code = UInt32(digits, radix: 16)
    else { throw error("expected four hexadecimal digits") }
    position += 4
    return code
  }
}
