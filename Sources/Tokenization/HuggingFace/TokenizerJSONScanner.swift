import FileFormats
import Foundation

/// A tokenizer.json as it stands in the file, its vocabulary and merges apart from the small parts.
///
/// Vocabularies are read byte by byte: two tokens may be different spellings of what Unicode, and with it `String`, takes
/// for the same text.
struct TokenizerJSONContents {
  var members: [String: JSONValue] = [:]
  /// The members of `model` but for the two that follow.
  var model: [String: JSONValue] = [:]
  var vocabulary: [(text: [UInt8], id: Int)] = []
  var merges: [(left: [UInt8], right: [UInt8])] = []
  /// Whether `vocab` is an object from texts to ids, as models of pairs have it.
  var hasVocabulary = false

  /// - Throws: `JSONSyntaxError`, `VocabularyProblem`.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    var scanner = JSONMemberScanner(bytes)
    try scanner.forEachMember { scanner, key in
      if key == "model", scanner.isAtObject {
        try readModel(&scanner)
      } else if members.updateValue(try scanner.value(), forKey: key) != nil {
        throw VocabularyProblem("the key \"\(key)\" occurs twice")
      }
    }
    try scanner.requireEnd()
  }

  private mutating func readModel(_ scanner: inout JSONMemberScanner) throws {
    try scanner.forEachMember { scanner, key in
      if key == "vocab", scanner.isAtObject {
        guard !hasVocabulary else { throw VocabularyProblem("the key \"model.vocab\" occurs twice") }
        hasVocabulary = true
        try scanner.forEachMember { scanner, text in
          guard let id = try scanner.value().integerValue, id >= 0 else {
            throw VocabularyProblem("model.vocab: the id of \"\(text)\" is no whole number from 0 on")
          }
          vocabulary.append((Array(text.utf8), id))
        }
      } else if key == "merges", scanner.isAtArray {
        guard merges.isEmpty else { throw VocabularyProblem("the key \"model.merges\" occurs twice") }
        try scanner.forEachElement { scanner in
          merges.append(try Self.merge(scanner.value(), number: merges.count))
        }
      } else if model.updateValue(try scanner.value(), forKey: key) != nil {
        throw VocabularyProblem("the key \"model.\(key)\" occurs twice")
      }
    }
  }

  /// A merge in either of its two spellings: `"a b"`, or `["a", "b"]` since tokenizers 0.20.
  private static func merge(_ value: JSONValue, number: Int) throws -> (left: [UInt8], right: [UInt8]) {
    if let parts = value.arrayValue, parts.count == 2, let left = parts[0].stringValue, let right = parts[1].stringValue {
      return (Array(left.utf8), Array(right.utf8))
    }
    if let line = value.stringValue, let merge = pair(Array(line.utf8)[...]) { return merge }
    throw VocabularyProblem("model.merges[\(number)] is \(value.kind), expected two tokens")
  }

  /// The two tokens that one space separates.
  static func pair(_ line: ArraySlice<UInt8>) -> (left: [UInt8], right: [UInt8])? {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    return (Array(parts[0]), Array(parts[1]))
  }
}

/// Walks through the members of objects without collecting them.
struct JSONMemberScanner {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    skipWhitespace()
  }

  var isAtObject: Bool { isAt(UInt8(ascii: "{")) }
  var isAtArray: Bool { isAt(UInt8(ascii: "[")) }

  private func isAt(_ byte: UInt8) -> Bool { position < bytes.count && bytes[position] == byte }

  /// Calls `body` at every value of the object here, with its key; `body` must read the value.
  mutating func forEachMember(_ body: (inout JSONMemberScanner, String) throws -> Void) throws {
    try forEach(opening: "{", closing: "}") { scanner in
      guard scanner.isAt(UInt8(ascii: "\"")), let key = try scanner.value().stringValue else {
        throw scanner.problem("expected a key in double quotes")
      }
      guard scanner.consume(":") else { throw scanner.problem("expected ':' after the key \"\(key)\"") }
      try body(&scanner, key)
    }
  }

  mutating func forEachElement(_ body: (inout JSONMemberScanner) throws -> Void) throws {
    try forEach(opening: "[", closing: "]", body)
  }

  /// The whole value here.
  mutating func value() throws -> JSONValue {
    let (value, end) = try JSONParser.parseValue(bytes, at: position)
    position = end
    skipWhitespace()
    return value
  }

  func requireEnd() throws {
    guard position == bytes.count else { throw problem("unexpected text after the document") }
  }

  private mutating func forEach(
    opening: Unicode.Scalar, closing: Unicode.Scalar, _ body: (inout JSONMemberScanner) throws -> Void
  ) throws {
    guard consume(opening) else { throw problem("expected '\(opening)'") }
    if consume(closing) { return }
    repeat { try body(&self) } while consume(",")
    guard consume(closing) else { throw problem("expected ',' or '\(closing)'") }
  }

  private mutating func consume(_ character: Unicode.Scalar) -> Bool {
    guard isAt(UInt8(ascii: character)) else { return false }
    position += 1
    skipWhitespace()
    return true
  }

  private mutating func skipWhitespace() {
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
  }

  private func problem(_ text: String) -> VocabularyProblem {
    VocabularyProblem("byte \(position): \(text)")
  }
}
