import Kernels

/// How often each distinct word occurs, in order of first occurrence: a hash table of words of any length.
package struct WordCounts {
  struct Word {
    let hash: UInt64
    /// Where the bytes start in `bytes`, and how many they are.
    let start: Int
    let length: Int
    var count: Int
  }

  private(set) var words: [Word] = []
  /// The distinct words one after another: text that is larger than memory is not read twice.
  private(set) var bytes: [UInt8] = []
  /// Numbers of words plus one; 0 is a free place. The count is a power of two.
  private var slots = [UInt32](repeating: 0, count: 1 << 12)
  /// Secret, so that no text can be made to collide. Nothing but places in the table depends on it.
  private var seed = UInt64.random(in: 0...UInt64.max)

  /// Sum of the lengths of the distinct words.
  var distinctByteCount: Int { bytes.count }

  func bytes(of word: Word) -> ArraySlice<UInt8> { bytes[word.start..<word.start + word.length] }

  mutating func add(_ word: UnsafeRawBufferPointer, count: Int = 1) {
    let hash = hash(word)
    let slot = slot(of: word, hash: hash)
    if slots[slot] != 0 {
      words[Int(slots[slot]) - 1].count += count
      return
    }
    words.append(Word(hash: hash, start: bytes.count, length: word.count, count: count))
    bytes.append(contentsOf: word)
    require(words.count < UInt32.max, "more than \(UInt32.max) distinct words")
    slots[slot] = UInt32(words.count)
    if words.count > slots.count / 2 { grow() }
  }

  mutating func add(_ other: WordCounts) {
    other.bytes.withUnsafeBytes { bytes in
      for word in other.words {
        add(UnsafeRawBufferPointer(rebasing: bytes[word.start..<word.start + word.length]), count: word.count)
      }
    }
  }

  /// The place of `word`, or the free one where it belongs.
  private func slot(of word: UnsafeRawBufferPointer, hash: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let known = words[Int(slots[slot]) - 1]
      if known.hash == hash, bytes(of: known).elementsEqual(word) { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private mutating func grow() {
    let mask = slots.count * 2 - 1
    slots = [UInt32](repeating: 0, count: mask + 1)
    for (index, word) in words.enumerated() {
      var slot = Int(truncatingIfNeeded: word.hash) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(index + 1)
    }
  }

  /// Multiply and fold, eight bytes at a time; the last eight may overlap those before.
  private func hash(_ word: UnsafeRawBufferPointer) -> UInt64 {
    var hash = seed ^ UInt64(word.count)
    var offset = 0
    while offset + 8 < word.count {
      hash = Self.fold(hash ^ word.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    return Self.fold(hash ^ Self.lastBytes(of: word))
  }

  private static func lastBytes(of word: UnsafeRawBufferPointer) -> UInt64 {
    let count = word.count
    if count >= 8 { return word.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self) }
    if count >= 4 {
      let low = word.loadUnaligned(as: UInt32.self)
      let high = word.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
      return UInt64(low) | UInt64(high) << 32
    }
    return word.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func fold(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}
