/// Which pairs of symbols merge, in what order, and into what: a hash table of integers.
struct PairTable: Sendable {
  struct Merge: Equatable, Sendable {
    /// Lower ones come first.
    let rank: UInt32
    let result: UInt32
  }

  /// The rank that no pair has: there is no merge.
  static let noRank = UInt32.max
  private static let emptyKey = UInt64.max

  fileprivate struct Slot {
    var key = PairTable.emptyKey
    var merge = Merge(rank: PairTable.noRank, result: 0)
  }

  private var slots: [Slot]
  private(set) var count = 0

  /// - Parameter capacity: how many pairs there will be about.
  init(capacity: Int) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    slots = Array(repeating: Slot(), count: size)
  }

  @inline(__always)
  static func key(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

  /// The table for reading, without checks.
  @inline(__always)
  func withReader<Result>(_ body: (Reader) throws -> Result) rethrows -> Result {
    try slots.withUnsafeBufferPointer { slots in
      try body(Reader(slots: slots.baseAddress, mask: slots.count - 1))
    }
  }

  /// - Returns: false if the pair merges already; the first merge stays.
  @discardableResult
  mutating func insert(_ left: UInt32, _ right: UInt32, _ merge: Merge) -> Bool {
    if 2 * (count + 1) > slots.count { grow() }
    let key = Self.key(left, right)
    let place = place(key)
    guard slots[place].key == Self.emptyKey else { return false }
    slots[place] = Slot(key: key, merge: merge)
    count += 1
    return true
  }

  subscript(left: UInt32, right: UInt32) -> Merge? {
    let slot = slots[place(Self.key(left, right))]
    return slot.key == Self.emptyKey ? nil : slot.merge
  }

  /// All pairs, in no particular order.
  var entries: [(left: UInt32, right: UInt32, merge: Merge)] {
    slots.compactMap { slot in
      slot.key == Self.emptyKey
        ? nil : (UInt32(truncatingIfNeeded: slot.key >> 32), UInt32(truncatingIfNeeded: slot.key), slot.merge)
    }
  }

  /// Pairs in the order in which they merge.
  var ordered: [(left: UInt32, right: UInt32, merge: Merge)] {
    entries.sorted { ($0.merge.rank, $0.left, $0.right) < ($1.merge.rank, $1.left, $1.right) }
  }

  @inline(__always)
  private static func hash(_ key: UInt64) -> Int {
    let product = key &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (product ^ product >> 32) & 0x7FFF_FFFF_FFFF_FFFF)
  }

  private func place(_ key: UInt64) -> Int {
    let mask = slots.count - 1
    var place = Self.hash(key) & mask
    while slots[place].key != key, slots[place].key != Self.emptyKey { place = (place + 1) & mask }
    return place
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: Slot(), count: 2 * old.count)
    for slot in old where slot.key != Self.emptyKey { slots[place(slot.key)] = slot }
  }

  /// A view of the table that is valid within `withReader`.
  struct Reader {
    fileprivate let slots: UnsafePointer<Slot>?
    fileprivate let mask: Int

    /// The merge of a pair; one of rank `noRank` if there is none.
    @inline(__always)
    func merge(_ left: UInt32, _ right: UInt32) -> Merge {
      let key = PairTable.key(left, right)
      guard let slots else { return Merge(rank: PairTable.noRank, result: 0) }
      var place = PairTable.hash(key) & mask
      while true {
        let slot = slots[place]
        if slot.key == key || slot.key == PairTable.emptyKey { return slot.merge }
        place = (place + 1) & mask
      }
    }
  }
}
