import Foundation

/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
  package let message: String
  /// Byte offset in the text.
  package let offset: Int
  /// Counted from 1 where reading began: at the start of a document, or of one value among many.
  package let line: Int

  package var description: String { "line \(line), byte \(offset): \(message)" }
}

/// A strict JSON reader (RFC 8259).
///
/// Foundation's reader silently keeps one of two equal keys and does not tell `1` from `1.0` or `true`; file headers
/// that describe memory must not be read that way.
package struct JSONParser {
  private static let maximumDepth = 64

  private let bytes: UnsafeRawBufferPointer
  /// Where reading began.
  private let start: Int
  private var position: Int
  private var depth = 0

  /// Parses one document; only white space may follow it.
  package static func parse(_ bytes: UnsafeRawBufferPointer) throws -> JSONValue {
    var parser = JSONParser(bytes: bytes, start: 0)
    let value = try parser.parseValue()
    parser.skipWhitespace()
    guard parser.position == bytes.count else { throw parser.error("unexpected text after the document") }
    return value
  }

  /// Parses the value at `offset`, or after white space behind it; anything may follow.
  ///
  /// What stands before `offset` is not looked at, for errors neither: a file of a million broken values is read in the
  /// time of a file of a million good ones.
  /// - Returns: the value, and the offset behind it.
  /// - Throws: `JSONSyntaxError` with the offset in `bytes` and the line counted from `offset` on.
  package static func parseValue(
    _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws -> (value: JSONValue, end: Int) {
    var parser = JSONParser(bytes: bytes, start: offset)
    let value = try parser.parseValue()
    return (value, parser.position)
  }

  package static func parse(_ text: String) throws -> JSONValue {
    try Array(text.utf8).withUnsafeBytes { try parse($0) }
  }

  private init(bytes: UnsafeRawBufferPointer, start: Int) {
    self.bytes = bytes
    self.start = start
    position = start
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func error(_ message: String) -> JSONSyntaxError {
    let line = 1 + bytes[start..<min(position, bytes.count)].count { $0 == UInt8(ascii: "\n") }
    return JSONSyntaxError(message: message, offset: position, line: line)
  }

  private mutating func skipWhitespace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func parseValue() throws -> JSONValue {
    skipWhitespace()
    switch current {
    case UInt8(ascii: "{"): return .object(try parseObject())
    case UInt8(ascii: "["): return .array(try parseArray())
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseLiteral("true", .boolean(true))
    case UInt8(ascii: "f"): return try parseLiteral("false", .boolean(false))
    case UInt8(ascii: "n"): return try parseLiteral("null", .null)
    case .some(let byte) where byte == UInt8(ascii: "-") || Self.isDigit(byte): return try parseNumber()
    case .none: throw error("the text ends where a value is expected")
    default: throw error("expected a value")
    }
  }

  private mutating func parseLiteral(_ literal: StaticString, _ value: JSONValue) throws -> JSONValue {
    let length = literal.utf8CodeUnitCount
    let matches =
      bytes.count - position >= length
      && (0..<length).allSatisfy { bytes[position + $0] == literal.utf8Start[$0] }
    guard matches else { throw error("expected \(literal)") }
    position += length
    return value
  }

  private mutating func enter() throws {
    depth += 1
    guard depth <= Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth) levels") }
    position += 1
  }

  private mutating func parseObject() throws -> [String: JSONValue] {
    try enter()
    defer { depth -= 1 }
    var members: [String: JSONValue] = [:]
    skipWhitespace()
    if consume("}") { return members }
    repeat {
      skipWhitespace()
      guard current == UInt8(ascii: "\"") else { throw error("expected a key in double quotes") }
      let start = position
      let key = try parseString()
      skipWhitespace()
      guard consume(":") else { throw error("expected ':' after the key \"\(key.printable())\"") }
      let value = try parseValue()
      guard members.updateValue(value, forKey: key) == nil else {
        position = start
        throw error("the key \"\(key.printable())\" occurs twice")
      }
      skipWhitespace()
    } while consume(",")
    guard consume("}") else { throw error("expected ',' or '}'") }
    return members
  }

  private mutating func parseArray() throws -> [JSONValue] {
    try enter()
    defer { depth -= 1 }
    var elements: [JSONValue] = []
    skipWhitespace()
    if consume("]") { return elements }
    repeat {
      elements.append(try parseValue())
      skipWhitespace()
    } while consume(",")
    guard consume("]") else { throw error("expected ',' or ']'") }
    return elements
  }

  private mutating func consume(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private static func isDigit(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private mutating func skipDigits() throws {
    guard Self.isDigit(current) else { throw error("expected a digit") }
    while Self.isDigit(current) { position += 1 }
  }

  private mutating func parseNumber() throws -> JSONValue {
    let start = position
    var isWhole = true
    _ = consume("-")
    if consume("0") {
      guard !Self.isDigit(current) else { throw error("a number must not start with 0") }
    } else {
      try skipDigits()
    }
    if consume(".") {
      isWhole = false
      try skipDigits()
    }
    if consume("e") || consume("E") {
      isWhole = false
      if !consume("+") { _ = consume("-") }
      try skipDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw error("the number \(text.prefix(40)) is beyond the range of a double")
    }
    return .number(value)
  }

  private mutating func parseString() throws -> String {
    position += 1
    var contents: [UInt8] = []
    while true {
      let run = bytes[position..<endOfPlainRun()]
      position = run.endIndex
      switch current {
      case UInt8(ascii: "\""):
        // Most strings are one run, which needs no copy of its own.
        let text =
          contents.isEmpty
          ? String(validating: UnsafeRawBufferPointer(rebasing: run), as: UTF8.self)
          : String(validating: contents + run, as: UTF8.self)
        guard let text else { throw error("the string before this point is not valid UTF-8") }
        position += 1
        return text
      case UInt8(ascii: "\\"):
        position += 1
        contents += run
        contents.append(contentsOf: String(try parseEscape()).utf8)
      case .some(let byte): throw error("control character \(byte) in a string")
      case .none: throw error("the text ends inside a string")
      }
    }
  }

  /// Where the bytes end that stand for themselves in a string.
  private func endOfPlainRun() -> Int {
    var end = position
    while end < bytes.count, bytes[end] >= 0x20, bytes[end] != UInt8(ascii: "\""), bytes[end] != UInt8(ascii: "\\") {
      end += 1
    }
    return end
  }

  private mutating func parseEscape() throws -> Unicode.Scalar {
    guard let byte = current else { throw error("the text ends inside an escape sequence") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try parseUnicodeEscape()
    default: throw error("unknown escape sequence")
    }
  }

  private mutating func parseUnicodeEscape() throws -> Unicode.Scalar {
    let first = try parseHexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, consume("\\"), consume("u") else { throw error("half of a surrogate pair") }
    let second = try parseHexadecimal()
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw error("half of a surrogate pair") }
    return scalar
  }

  private mutating func parseHexadecimal() throws -> UInt32 {
    guard bytes.count - position >= 4 else { throw error("the text ends inside an escape sequence") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw error("expected four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
