/// A text as UTF-8 that may be broken anywhere: a byte that belongs to no character counts as one of class `other`.
struct TextBytes {
  let bytes: UnsafePointer<UInt8>
  let count: Int
  /// The class set of every ASCII character.
  private let ascii: UnsafePointer<UInt16>

  init(_ buffer: UnsafeBufferPointer<UInt8>) {
    // An empty buffer has no address; nothing is read from it.
    bytes = buffer.baseAddress ?? UnsafePointer(Self.asciiClasses).withMemoryRebound(to: UInt8.self, capacity: 1) { $0 }
    count = buffer.count
    ascii = UnsafePointer(Self.asciiClasses)
  }

  /// Made once and kept for the life of the process.
  private nonisolated(unsafe) static let asciiClasses: UnsafeMutablePointer<UInt16> = {
    let classes = UnsafeMutablePointer<UInt16>.allocate(capacity: 256)
    for code in 0..<256 {
      let value = code < 128 ? CharacterTable.classes[UInt32(code)] : 0
      classes[code] = (CharacterClass(rawValue: value) ?? .other).set.rawValue
    }
    return classes
  }()

  @inline(__always)
  func classes(at position: Int, length: inout Int) -> CharacterClasses {
    let byte = bytes[position]
    if byte < 0x80 {
      length = 1
      return CharacterClasses(rawValue: ascii[Int(byte)])
    }
    let scalar = scalar(at: position, length: &length)
    guard scalar != Self.invalid else { return CharacterClass.other.set }
    return CharacterClasses(rawValue: 1 << UInt16(CharacterTable.classes[scalar]))
  }

  /// Stands for a byte that belongs to no character.
  static let invalid: UInt32 = .max

  /// The character at `position`, which is within the text, and how many bytes it takes.
  @inline(__always)
  func scalar(at position: Int, length: inout Int) -> UInt32 {
    let lead = bytes[position]
    if lead < 0x80 {
      length = 1
      return UInt32(lead)
    }
    return longScalar(at: position, length: &length)
  }

  /// Unicode, table 3-7: which second bytes a lead allows.
  @inline(never)
  private func longScalar(at position: Int, length: inout Int) -> UInt32 {
    let lead = bytes[position]
    let left = count - position
    length = 1
    func continuation(_ offset: Int) -> UInt32? {
      guard offset < left, bytes[position + offset] & 0xC0 == 0x80 else { return nil }
      return UInt32(bytes[position + offset] & 0x3F)
    }
    switch lead {
    case 0xC2...0xDF:
      guard let second = continuation(1) else { return Self.invalid }
      length = 2
      return UInt32(lead & 0x1F) << 6 | second
    case 0xE0...0xEF:
      guard let second = continuation(1), let third = continuation(2) else { return Self.invalid }
      let code = UInt32(lead & 0x0F) << 12 | second << 6 | third
      guard code >= 0x800, !(0xD800...0xDFFF).contains(code) else { return Self.invalid }
      length = 3
      return code
    case 0xF0...0xF4:
      guard let second = continuation(1), let third = continuation(2), let fourth = continuation(3) else {
        return Self.invalid
      }
      let code = UInt32(lead & 0x07) << 18 | second << 12 | third << 6 | fourth
      guard (0x10000...0x10FFFF).contains(code) else { return Self.invalid }
      length = 4
      return code
    default: return Self.invalid
    }
  }

  /// Where the character begins that ends at `position`; nil at the beginning of the text.
  func startOfCharacter(before position: Int) -> Int? {
    guard position > 0 else { return nil }
    var length = 1
    for back in 2...4 where back <= position {
      let scalar = scalar(at: position - back, length: &length)
      if length == back, scalar != Self.invalid { return position - back }
    }
    return position - 1
  }

  /// Where the run of characters of `set` that begins at `position` ends, at most `limit` characters.
  @inline(__always)
  func endOfRun(_ set: CharacterClasses, from position: Int, limit: Int = .max) -> Int {
    var end = position
    var length = 1
    var left = limit
    while end < count, left > 0, !set.isDisjoint(with: classes(at: end, length: &length)) {
      end += length
      left -= 1
    }
    return end
  }

  /// The part of the text before `end`.
  @inline(__always)
  func prefix(_ end: Int) -> TextBytes {
    TextBytes(UnsafeBufferPointer(start: bytes, count: end))
  }

  /// The part of the text within `range`.
  @inline(__always)
  func part(_ range: Range<Int>) -> TextBytes {
    TextBytes(UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count))
  }
}
