/// Which examples share a row: the longest first, each into the fullest row that has room for it.
///
/// How many rows there are, and how full they get, depends on the lengths alone; which of several examples of one length
/// goes where, on the order in which they come.
struct BestFitPacking {
  /// Examples by row.
  private(set) var rows: [[Int]] = []

  /// - Parameters:
  ///   - order: the examples.
  ///   - length: positions that an example takes, at most `capacity`.
  init(_ order: [Int], capacity: Int, length: (Int) -> Int) {
    var byLength = [[Int]](repeating: [], count: capacity + 1)
    for example in order { byLength[length(example)].append(example) }
    /// Rows by the positions they have left.
    var byRoom = [[Int]](repeating: [], count: capacity + 1)
    for length in stride(from: capacity, to: 0, by: -1) {
      var room = length
      for example in byLength[length] {
        while room < capacity, byRoom[room].isEmpty { room += 1 }
        if let row = byRoom[room].popLast() {
          rows[row].append(example)
          byRoom[room - length].append(row)
          // What is left of a row may be the new best fit.
          if room - length >= length { room = min(room, room - length) }
        } else {
          rows.append([example])
          byRoom[capacity - length].append(rows.count - 1)
          room = length
        }
      }
    }
  }
}
