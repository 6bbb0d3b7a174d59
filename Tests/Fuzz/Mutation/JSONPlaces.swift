/// Where the values, members and elements of a well-formed JSON text lie.
struct JSONPlaces {
  private(set) var values: [Range<Int>] = []
  /// Members of objects, key included, and elements of arrays.
  private(set) var parts: [Range<Int>] = []
  private(set) var keys: [Range<Int>] = []
  private let text: [UInt8]
  private var position = 0

  /// - Parameter text: one value, or several one after another.
  init(_ text: [UInt8]) {
    self.text = text
    skipSpace()
    while position < text.count {
      scanValue()
      skipSpace()
    }
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x0A, 0x0D, 0x09].contains(text[position]) { position += 1 }
  }

  private mutating func scanValue() {
    skipSpace()
    let start = position
    switch text[position] {
    case UInt8(ascii: "{"): scanParts(closedBy: "}", areMembers: true)
    case UInt8(ascii: "["): scanParts(closedBy: "]", areMembers: false)
    case UInt8(ascii: "\""): skipString()
    default: while position < text.count, !Array(",]} \n".utf8).contains(text[position]) { position += 1 }
    }
    values.append(start..<position)
  }

  private mutating func scanParts(closedBy end: Unicode.Scalar, areMembers: Bool) {
    position += 1
    skipSpace()
    while text[position] != UInt8(ascii: end) {
      let start = position
      if areMembers {
        skipString()
        keys.append(start..<position)
        skipSpace()
        position += 1
      }
      scanValue()
      parts.append(start..<position)
      skipSpace()
      if text[position] == UInt8(ascii: ",") { position += 1 }
      skipSpace()
    }
    position += 1
  }

  private mutating func skipString() {
    position += 1
    while text[position] != UInt8(ascii: "\"") { position += text[position] == UInt8(ascii: "\\") ? 2 : 1 }
    position += 1
  }
}
