/// How often pairs occur and where: a hash table of those that may still be merged.
struct PairCounts {
  struct Entry {
    let pair: TokenPair
    var count: Int
    /// Where the pair stood when it came to be. Some have been overwritten since.
    var positions: Range<Int>
  }

  private var entries: [Entry] = []
  /// Numbers of entries plus one; 0 is a free place. The count is a power of two.
  private var slots = [UInt32](repeating: 0, count: 1 << 12)

  subscript(pair: TokenPair) -> Entry? {
    let number = slots[slot(of: pair)]
    return number == 0 ? nil : entries[Int(number) - 1]
  }

  /// Adds a pair that is not there.
  mutating func insert(_ entry: Entry) {
    entries.append(entry)
    slots[slot(of: entry.pair)] = UInt32(entries.count)
    if entries.count > slots.count / 2 { grow() }
  }

  /// Does nothing for a pair that is not there, because it was too rare when it came to be.
  mutating func subtract(_ count: Int, from pair: TokenPair) {
    let number = slots[slot(of: pair)]
    if number != 0 { entries[Int(number) - 1].count -= count }
  }

  private func slot(of pair: TokenPair) -> Int {
    let mask = slots.count - 1
    var slot = Self.hash(pair) & mask
    while slots[slot] != 0, entries[Int(slots[slot]) - 1].pair != pair { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for (index, entry) in entries.enumerated() { slots[slot(of: entry.pair)] = UInt32(index + 1) }
  }

  private static func hash(_ pair: TokenPair) -> Int {
    let product = pair.key.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return Int(truncatingIfNeeded: product.high ^ product.low)
  }
}
