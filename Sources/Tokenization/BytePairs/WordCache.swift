/// Remembers the tokens of pieces that came up before, each in one cache line: a newer piece takes the place of an older
/// one that falls on it.
struct WordCache: ~Copyable {
  static let pieceLimit = 32
  static let tokenLimit = 7
  private static let slotCount = 1 << 15

  private struct Slot {
    var key: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// Bytes of the piece; 0 in an empty slot.
    var length: UInt8 = 0
    var count: UInt8 = 0
    var tokens: (Int32, Int32, Int32, Int32, Int32, Int32, Int32) = (0, 0, 0, 0, 0, 0, 0)
  }

  /// A piece of at most `pieceLimit` bytes, filled up with zeros.
  struct Key {
    fileprivate var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    fileprivate let length: UInt8

    /// - Parameter readable: how many bytes may be read from the beginning of the piece.
    @inline(__always)
    init(_ piece: UnsafePointer<UInt8>, count: Int, readable: Int) {
      length = UInt8(truncatingIfNeeded: count)
      let raw = UnsafeRawPointer(piece)
      guard readable >= WordCache.pieceLimit else {
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: count)) }
        return
      }
      words.0 = Self.word(raw, 0, count)
      if count > 8 { words.1 = Self.word(raw, 8, count) }
      if count > 16 { words.2 = Self.word(raw, 16, count) }
      if count > 24 { words.3 = Self.word(raw, 24, count) }
    }

    @inline(__always)
    private static func word(_ raw: UnsafeRawPointer, _ offset: Int, _ count: Int) -> UInt64 {
      let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let left = count - offset
      return left >= 8 ? word : word & ((1 << UInt64(8 * left)) - 1)
    }

    @inline(__always)
    fileprivate var place: Int {
      var hash = (words.0 ^ UInt64(length)) &* 0x9E37_79B9_7F4A_7C15
      hash = (hash ^ hash >> 29 ^ words.1) &* 0xBF58_476D_1CE4_E5B9
      if length > 16 { hash = (hash ^ hash >> 31 ^ words.2 ^ words.3 &* 0x94D0_49BB_1331_11EB) &* 0x9E37_79B9_7F4A_7C15 }
      return Int(truncatingIfNeeded: hash >> 40) & (WordCache.slotCount - 1)
    }
  }

  private let slots: UnsafeMutablePointer<Slot>

  init() {
    slots = .allocate(capacity: Self.slotCount)
    slots.initialize(repeating: Slot(), count: Self.slotCount)
  }

  deinit { slots.deallocate() }

  /// Copies the tokens of a piece to `output`.
  /// - Returns: how many; 0 if the piece is not known.
  @inline(__always)
  func find(_ key: Key, into output: UnsafeMutablePointer<Int32>) -> Int {
    let slot = slots + key.place
    guard slot.pointee.length == key.length, slot.pointee.key.0 == key.words.0, slot.pointee.key.1 == key.words.1,
      slot.pointee.key.2 == key.words.2, slot.pointee.key.3 == key.words.3
    else { return 0 }
    // All seven: a copy of fixed length is cheaper than one of the right length, and the output has room.
    UnsafeMutableRawPointer(output).copyMemory(from: &slot.pointee.tokens, byteCount: 4 * Self.tokenLimit)
    return Int(slot.pointee.count)
  }

  func store(_ key: Key, _ tokens: UnsafeBufferPointer<Int32>) {
    guard (1...Self.tokenLimit).contains(tokens.count) else { return }
    var slot = Slot(key: key.words, length: key.length, count: UInt8(tokens.count))
    withUnsafeMutableBytes(of: &slot.tokens) { $0.copyMemory(from: UnsafeRawBufferPointer(tokens)) }
    slots[key.place] = slot
  }
}
