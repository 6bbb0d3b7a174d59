/// Merges pairs of tokens in all words at once and keeps count of the pairs that are left.
///
/// Every pair with a new token comes to be in the merge that makes the token; later ones only take it away. So a pair has
/// one list of positions and a count that never rises, and is forgotten when it is born too rare.
struct PairMerging {
  private let minimumFrequency: Int
  private var words: SegmentedWords
  private var pairs = PairCounts()
  private var heap = PairHeap()
  /// The positions of all pairs, one range after another.
  private var positions: [UInt32] = []
  /// In bytes, indexed by id.
  private var lengths = [Int](repeating: 1, count: 256)

  /// - Parameter words: cut into bytes, with ids from 0 to 255.
  init(_ words: SegmentedWords, minimumFrequency: Int) {
    self.words = words
    self.minimumFrequency = minimumFrequency
    var occurrences: [UInt64] = []
    for (position, left) in words.cells.dropLast().enumerated() where left != SegmentedWords.none {
      let right = words.cells[position + 1]
      if right != SegmentedWords.none { occurrences.append(Self.occurrence(of: left << 8 | right, at: position)) }
    }
    addPairs(occurrences) { TokenPair($0 >> 8, $0 & 0xFF) }
  }

  /// The most frequent pair; among equals the one with the smallest left id, then right. It is not given again.
  mutating func takeMostFrequent() -> TokenPair? {
    while let candidate = heap.pop() {
      guard let entry = pairs[candidate.pair], entry.count >= minimumFrequency else { continue }
      if entry.count == candidate.count { return candidate.pair }
      heap.push(PairHeap.Candidate(pair: candidate.pair, count: entry.count))
    }
    return nil
  }

  /// Makes one token, with the next free id, wherever the two of `pair` follow each other.
  mutating func merge(_ pair: TokenPair) {
    let id = UInt32(lengths.count)
    let length = lengths[Int(pair.left)] + lengths[Int(pair.right)]
    lengths.append(length)
    let starts = join(pair, id: id, length: length)
    addNeighbours(of: id, length: length, at: starts)
  }

  /// Joins the pair from left to right and takes the pairs away that it had with its neighbours.
  /// - Returns: where the new tokens start.
  private mutating func join(_ pair: TokenPair, id: UInt32, length: Int) -> [Int] {
    guard let entry = pairs[pair] else { return [] }
    let leftLength = lengths[Int(pair.left)]
    var starts: [Int] = []
    for index in entry.positions {
      let start = Int(positions[index])
      let middle = start + leftLength
      // Tokens that start here may have grown or gone since the pair was found.
      guard words.cells[start] == pair.left, words.cells[middle] == pair.right else { continue }
      let end = start + length
      let (previous, next) = (words.cells[start - 1], words.cells[end])
      let count = words.count(at: start)
      // A neighbour that was joined just now took its pair with it.
      if previous != SegmentedWords.none, previous != id {
        pairs.subtract(count, from: TokenPair(previous, pair.left))
      }
      if next != SegmentedWords.none { pairs.subtract(count, from: TokenPair(pair.right, next)) }
      words.join(from: start, middle, to: end, id: id)
      starts.append(start)
    }
    return starts
  }

  private mutating func addNeighbours(of id: UInt32, length: Int, at starts: [Int]) {
    var before: [UInt64] = []
    var after: [UInt64] = []
    for start in starts {
      let (previous, next) = (words.cells[start - 1], words.cells[start + length])
      // Two new tokens beside each other are counted once, from the left one.
      if previous != SegmentedWords.none, previous != id {
        before.append(Self.occurrence(of: previous, at: start - lengths[Int(previous)]))
      }
      if next != SegmentedWords.none { after.append(Self.occurrence(of: next, at: start)) }
    }
    addPairs(before) { TokenPair($0, id) }
    addPairs(after) { TokenPair(id, $0) }
  }

  private static func occurrence(of kind: UInt32, at position: Int) -> UInt64 {
    UInt64(kind) << 32 | UInt64(position)
  }

  /// Adds those of the new pairs that are frequent enough.
  /// - Parameters:
  ///   - occurrences: what tells the pairs apart, and positions.
  ///   - pair: the pair of what tells them apart.
  private mutating func addPairs(_ occurrences: consuming [UInt64], _ pair: (UInt32) -> TokenPair) {
    var sorted = consume occurrences
    sorted.sort()
    var first = 0
    while first < sorted.count {
      let kind = sorted[first] >> 32
      var last = first
      var count = 0
      while last < sorted.count, sorted[last] >> 32 == kind {
        count += words.count(at: Int(UInt32(truncatingIfNeeded: sorted[last])))
        last += 1
      }
      if count >= minimumFrequency {
        add(pair(UInt32(kind)), count: count, sorted[first..<last].lazy.map { UInt32(truncatingIfNeeded: $0) })
      }
      first = last
    }
  }

  private mutating func add(_ pair: TokenPair, count: Int, _ places: some Collection<UInt32>) {
    let range = positions.count..<positions.count + places.count
    positions.append(contentsOf: places)
    pairs.insert(PairCounts.Entry(pair: pair, count: count, positions: range))
    heap.push(PairHeap.Candidate(pair: pair, count: count))
  }
}
