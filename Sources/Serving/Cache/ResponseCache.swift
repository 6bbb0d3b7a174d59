/// Whole answers to deterministic requests, bounded in bytes; those that were asked for longest ago go first.
package struct ResponseCache: Sendable {
  private struct Entry {
    let events: [GenerationEvent]
    let byteCount: Int
    var use: Int
  }

  package let byteLimit: Int
  package private(set) var byteCount = 0
  private var entries: [ResponseKey: Entry] = [:]
  /// The uses in their order; only the last one of each entry counts.
  private var uses: [(key: ResponseKey, use: Int)] = []
  private var firstUse = 0
  private var useCount = 0

  package init(byteLimit: Int) { self.byteLimit = byteLimit }

  package var count: Int { entries.count }

  package mutating func events(for key: ResponseKey) -> [GenerationEvent]? {
    guard entries[key] != nil else { return nil }
    touch(key)
    return entries[key]?.events
  }

  /// Keeps an answer, unless it is larger than the cache.
  package mutating func insert(_ events: [GenerationEvent], for key: ResponseKey) {
    let size = Self.byteCount(events)
    guard size <= byteLimit else { return }
    remove(key)
    while byteCount + size > byteLimit, evict() {}
    entries[key] = Entry(events: events, byteCount: size, use: 0)
    byteCount += size
    touch(key)
  }

  private mutating func touch(_ key: ResponseKey) {
    useCount += 1
    entries[key]?.use = useCount
    uses.append((key, useCount))
    // Uses that no longer count are dropped when they are the most: a constant effort per use.
    guard uses.count > 2 * entries.count + 64 else { return }
    uses = uses[firstUse...].filter { entries[$0.key]?.use == $0.use }
    firstUse = 0
  }

  /// - Returns: false when nothing is left.
  private mutating func evict() -> Bool {
    while firstUse < uses.count {
      let (key, use) = uses[firstUse]
      firstUse += 1
      if entries[key]?.use == use {
        remove(key)
        return true
      }
    }
    return false
  }

  private mutating func remove(_ key: ResponseKey) {
    if let entry = entries.removeValue(forKey: key) { byteCount -= entry.byteCount }
  }

  /// What an answer takes, about: its words, its numbers, and what holds them together.
  private static func byteCount(_ events: [GenerationEvent]) -> Int {
    events.reduce(256) { sum, event in
      guard case .piece(let piece) = event else { return sum + 64 }
      return piece.tokens.reduce(sum + 96 + piece.text.utf8.count) { sum, token in
        sum + 96 + token.text.utf8.count + 16 * (token.logProbabilities.map { $0.likeliest.count + 1 } ?? 0)
      }
    }
  }
}
