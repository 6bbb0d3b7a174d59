import Kernels

/// Merges the symbols of one piece: always the pair of lowest rank, of equal ones the leftmost, until none merges.
struct PairMerger: ~Copyable {
  private var symbols: UnsafeMutablePointer<UInt32>
  /// The rank of each symbol with the next one, and what the two would become.
  private var ranks: UnsafeMutablePointer<UInt32>
  private var results: UnsafeMutablePointer<UInt32>
  private var capacity = 64
  private(set) var count = 0

  init() {
    symbols = .allocate(capacity: capacity)
    ranks = .allocate(capacity: capacity)
    results = .allocate(capacity: capacity)
  }

  deinit {
    symbols.deallocate()
    ranks.deallocate()
    results.deallocate()
  }

  /// Makes room for a piece of `limit` symbols; there are none yet.
  mutating func reserve(_ limit: Int) {
    require(limit < 1 << 31, "a piece of \(limit) bytes; cut texts of more than 2 GB into parts")
    guard limit > capacity else { return }
    self = PairMerger(capacity: max(limit, 2 * capacity))
  }

  private init(capacity: Int) {
    self.capacity = capacity
    symbols = .allocate(capacity: capacity)
    ranks = .allocate(capacity: capacity)
    results = .allocate(capacity: capacity)
  }

  @inline(__always)
  mutating func append(_ symbol: UInt32) {
    symbols[count] = symbol
    count += 1
  }

  mutating func removeAll() { count = 0 }

  @inline(__always)
  func forEachSymbol(_ body: (UInt32) -> Void) {
    for index in 0..<count { body(symbols[index]) }
  }

  mutating func merge(_ pairs: PairTable.Reader, withHeap: Bool) {
    guard count > 1 else { return }
    if withHeap { mergeWithHeap(pairs) } else { mergeByScanning(pairs) }
  }

  @inline(__always)
  private mutating func look(_ left: Int, _ right: Int, _ pairs: PairTable.Reader) {
    let merge = pairs.merge(symbols[left], symbols[right])
    ranks[left] = merge.rank
    results[left] = merge.result
  }

  private mutating func mergeByScanning(_ pairs: PairTable.Reader) {
    for index in 0..<count - 1 { look(index, index + 1, pairs) }
    while count > 1 {
      var best = 0
      for index in 1..<max(1, count - 1) where ranks[index] < ranks[best] { best = index }
      guard ranks[best] != PairTable.noRank else { return }
      symbols[best] = results[best]
      let moved = count - best - 2
      (symbols + best + 1).update(from: symbols + best + 2, count: moved)
      if moved > 0 {
        (ranks + best + 1).update(from: ranks + best + 2, count: moved - 1)
        (results + best + 1).update(from: results + best + 2, count: moved - 1)
      }
      count -= 1
      if best + 1 < count { look(best, best + 1, pairs) }
      if best > 0 { look(best - 1, best, pairs) }
    }
  }

  /// A linked list of symbols and a heap of pairs; entries whose pair has changed since are skipped.
  private mutating func mergeWithHeap(_ pairs: PairTable.Reader) {
    var next = (0..<count).map { Int32(truncatingIfNeeded: $0 + 1) }
    var previous = (0..<count).map { Int32(truncatingIfNeeded: $0 - 1) }
    var heap = MinimumHeap()
    ranks[count - 1] = PairTable.noRank
    for index in 0..<count - 1 {
      look(index, index + 1, pairs)
      if ranks[index] != PairTable.noRank { heap.append(Self.entry(ranks[index], index)) }
    }
    heap.order()
    let end = count
    while let entry = heap.popFirst() {
      let left = Int(entry & 0xFFFF_FFFF)
      guard ranks[left] == UInt32(truncatingIfNeeded: entry >> 32) else { continue }
      let right = Int(next[left])
      let after = Int(next[right])
      symbols[left] = results[left]
      next[left] = Int32(truncatingIfNeeded: after)
      // A symbol that is gone has no pair.
      ranks[right] = PairTable.noRank
      ranks[left] = PairTable.noRank
      if after < end {
        previous[after] = Int32(truncatingIfNeeded: left)
        look(left, after, pairs)
        if ranks[left] != PairTable.noRank { heap.insert(Self.entry(ranks[left], left)) }
      }
      let before = Int(previous[left])
      if before >= 0 {
        look(before, left, pairs)
        if ranks[before] != PairTable.noRank { heap.insert(Self.entry(ranks[before], before)) }
      }
    }
    var kept = 0
    var index = 0
    while index < end {
      symbols[kept] = symbols[index]
      kept += 1
      index = Int(next[index])
    }
    count = kept
  }

  @inline(__always)
  private static func entry(_ rank: UInt32, _ position: Int) -> UInt64 {
    UInt64(rank) << 32 | UInt64(truncatingIfNeeded: position)
  }
}

/// A binary heap of numbers, the least on top.
struct MinimumHeap {
  private var entries: [UInt64] = []

  /// Adds an entry before `order`.
  mutating func append(_ entry: UInt64) { entries.append(entry) }

  mutating func order() {
    var index = entries.count / 2 - 1
    while index >= 0 {
      sink(index)
      index -= 1
    }
  }

  mutating func insert(_ entry: UInt64) {
    var index = entries.count
    entries.append(entry)
    while index > 0 {
      let parent = (index - 1) / 2
      guard entries[parent] > entry else { break }
      entries[index] = entries[parent]
      index = parent
    }
    entries[index] = entry
  }

  mutating func popFirst() -> UInt64? {
    guard let first = entries.first, let last = entries.popLast() else { return nil }
    if !entries.isEmpty {
      entries[0] = last
      sink(0)
    }
    return first
  }

  private mutating func sink(_ start: Int) {
    let entry = entries[start]
    var index = start
    while 2 * index + 1 < entries.count {
      var child = 2 * index + 1
      if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
      guard entries[child] < entry else { break }
      entries[index] = entries[child]
      index = child
    }
    entries[index] = entry
  }
}
