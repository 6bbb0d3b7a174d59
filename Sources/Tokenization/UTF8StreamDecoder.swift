/// Turns a stream of bytes into text as soon as characters are complete.
///
/// A character whose bytes arrive one by one is held back until its last byte. Invalid bytes become U+FFFD, one for
/// each maximal invalid part, so that the pieces together are what `String(decoding:as:)` makes of the whole.
public struct UTF8StreamDecoder: Sendable {
  /// The first one to three bytes of a character that is not complete yet.
  private var pending: [UInt8] = []

  public init() {}

  /// Takes the next bytes and returns the text that they complete.
  public mutating func decode(_ bytes: some Sequence<UInt8>) -> String {
    pending.append(contentsOf: bytes)
    let complete = pending.count - Self.unfinishedSuffixLength(pending)
    defer { pending.removeFirst(complete) }
    return String(decoding: pending[..<complete], as: UTF8.self)
  }

  /// Ends the stream: what is left of an incomplete character becomes U+FFFD.
  public mutating func finish() -> String {
    defer { pending.removeAll() }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end begin a character that later bytes may complete.
  private static func unfinishedSuffixLength(_ bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let start = bytes.count - length
      let lead = bytes[start]
      if lead & 0b1100_0000 == 0b1000_0000 { continue }
      return isUnfinished(bytes[start...]) ? length : 0
    }
    return 0
  }

  /// Whether `bytes`, a lead byte and continuation bytes, is a proper prefix of a valid character
  /// (Unicode, Table 3-7: some leads narrow the range of the second byte).
  private static func isUnfinished(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let lead = bytes.first else { return false }
    let length: Int
    let second: ClosedRange<UInt8>
    switch lead {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    default: return false
    }
    return bytes.count < length && bytes.dropFirst().first.map(second.contains) ?? true
  }
}
