/// Pairs by falling count, equal ones by rising ids: a binary heap whose counts may be those of earlier days.
struct PairHeap {
  struct Candidate {
    let pair: TokenPair
    let count: Int

    func precedes(_ other: Candidate) -> Bool {
      count != other.count ? count > other.count : pair < other.pair
    }
  }

  private var candidates: [Candidate] = []

  mutating func push(_ candidate: Candidate) {
    var index = candidates.count
    candidates.append(candidate)
    while index > 0 {
      let parent = (index - 1) / 2
      guard candidate.precedes(candidates[parent]) else { break }
      candidates[index] = candidates[parent]
      index = parent
    }
    candidates[index] = candidate
  }

  mutating func pop() -> Candidate? {
    guard let first = candidates.first, let last = candidates.popLast() else { return nil }
    guard !candidates.isEmpty else { return first }
    var index = 0
    while true {
      var child = 2 * index + 1
      guard child < candidates.count else { break }
      if child + 1 < candidates.count, candidates[child + 1].precedes(candidates[child]) { child += 1 }
      guard candidates[child].precedes(last) else { break }
      candidates[index] = candidates[child]
      index = child
    }
    candidates[index] = last
    return first
  }
}
