/// Finds stop strings in a stream of bytes and holds back what may turn out to be the beginning of one.
struct StopStringMatcher {
  private let stops: [[UInt8]]
  private var pending: [UInt8] = []

  init(_ stops: [String]) {
    self.stops = stops.map { Array($0.utf8) }
  }

  /// Takes the next bytes.
  /// - Returns: the bytes that surely come before any stop string, and the stop string that was completed, if any; what
  ///   follows it is dropped.
  mutating func consume(_ bytes: [UInt8]) -> (released: [UInt8], stop: String?) {
    var released: [UInt8] = []
    for byte in bytes {
      pending.append(byte)
      // Of several that end here the longest counts: it begins first.
      if let stop = stops.filter({ endsPending($0) }).max(by: { $0.count < $1.count }) {
        released += pending.dropLast(stop.count)
        pending.removeAll()
        return (released, String(decoding: stop, as: UTF8.self))
      }
      let kept = longestBeginning()
      released += pending.dropLast(kept)
      pending.removeFirst(pending.count - kept)
    }
    return (released, nil)
  }

  /// The bytes held back, when no more will come.
  mutating func finish() -> [UInt8] {
    defer { pending.removeAll() }
    return pending
  }

  private func endsPending(_ stop: [UInt8]) -> Bool {
    pending.count >= stop.count && pending.suffix(stop.count).elementsEqual(stop)
  }

  /// The length of the longest end of `pending` that is a beginning of a stop string.
  private func longestBeginning() -> Int {
    let longest = stops.map { $0.count - 1 }.max() ?? 0
    for length in stride(from: min(longest, pending.count), to: 0, by: -1) {
      if stops.contains(where: { $0.count > length && $0.starts(with: pending.suffix(length)) }) { return length }
    }
    return 0
  }
}
