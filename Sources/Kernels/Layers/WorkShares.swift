/// Items of unequal weight, each of as many equal units, dealt to parts of about the same work.
///
/// Units stay in order, so that a part has whole runs of the units of an item.
struct WorkShares {
  /// The work before each item, and that of all.
  private let sums: [Int]
  private let units: Int

  /// - Parameters:
  ///   - work: of a unit of each item, more than 0.
  ///   - units: of every item.
  init(_ work: [Int], units: Int) {
    self.units = units
    var sums = [0]
    for unit in work { sums.append(sums[sums.count - 1] + unit * units) }
    self.sums = sums
  }

  var total: Int { sums[sums.count - 1] }

  /// The units of one of `parts` parts, by item.
  func ranges(ofPart part: Int, of parts: Int) -> [(item: Int, units: Range<Int>)] {
    let (lower, upper) = (place(part, of: parts), place(part + 1, of: parts))
    guard lower < upper else { return [] }
    return (lower / units...(upper - 1) / units).map { item in
      let start = item * units
      return (item, max(lower - start, 0)..<min(upper - start, units))
    }
  }

  /// The first unit of a part, counted over all items.
  private func place(_ part: Int, of parts: Int) -> Int {
    let target = total * part / parts
    guard target < total else { return (sums.count - 1) * units }
    let item = (sums.firstIndex { $0 > target } ?? sums.count) - 1
    return item * units + (target - sums[item]) * units / (sums[item + 1] - sums[item])
  }
}
