/// How vocabularies of characters spell spaces and bytes.
enum SentencePieceText {
  static let space: [UInt8] = [0xE2, 0x96, 0x81]

  /// The text with ordinary spaces for U+2581.
  static func withSpaces(_ token: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var position = 0
    while position < token.count {
      if token.count - position >= 3, token[position] == 0xE2, token[position + 1] == 0x96, token[position + 2] == 0x81 {
        result.append(UInt8(ascii: " "))
        position += 3
      } else {
        result.append(token[position])
        position += 1
      }
    }
    return result
  }

  /// The text with U+2581 for ordinary spaces.
  static func spelling(_ text: some Sequence<UInt8>) -> [UInt8] {
    text.flatMap { $0 == UInt8(ascii: " ") ? space : [$0] }
  }

  static func byteName(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x" + (digits.count < 2 ? "0" : "") + digits + ">"
  }

  /// The byte that `<0x41>` names.
  static func byte(named name: [UInt8]) -> UInt8? {
    guard name.count == 6, name.starts(with: "<0x".utf8), name[5] == UInt8(ascii: ">"),
      name[3...4].allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x46).contains($0) })
    else { return nil }
    return UInt8(String(decoding: name[3...4], as: UTF8.self), radix: 16)
  }

  /// The tokens of the 256 bytes, as a file names them one by one.
  struct ByteTokens {
    private var ids: [UInt8: UInt32] = [:]

    mutating func insert(_ name: [UInt8], id: Int) throws {
      guard let byte = byte(named: name) else {
        throw VocabularyProblem("the token \(id) of a byte is \"\(String(decoding: name, as: UTF8.self))\", not <0x00> to <0xFF>")
      }
      guard ids.updateValue(UInt32(id), forKey: byte) == nil else {
        throw VocabularyProblem("two tokens stand for the byte \(byteName(byte))")
      }
    }

    func complete() throws -> [UInt32] {
      try (0...255).map { byte in
        guard let id = ids[UInt8(byte)] else { throw VocabularyProblem("there is no token \(byteName(UInt8(byte)))") }
        return id
      }
    }
  }
}
