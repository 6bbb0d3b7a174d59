/// Weights by size, without sorting them: how many and how much lies in each of some thousand intervals.
struct WeightBins: Sendable {
  /// Lighter tokens cannot come: a whole vocabulary of them is less than the last bit of the number a token is drawn by.
  static let leastWeight = 0x1p-80

  /// Where a running count or sum goes beyond a bound, counted from the heaviest weights on.
  struct Place {
    let bin: Int
    /// Of the bins before.
    let countBefore: Int
    let massBefore: Double
    /// With the bin itself.
    let count: Int
  }

  /// Bits of the fraction that tell bins apart: a weight is within 1/64 of the others of its bin.
  private static let fractionBits = 6
  private static let shift = UInt64(Double.significandBitCount - fractionBits)
  private static let first = Int((1.0).bitPattern >> shift)
  private static let binCount = first - Int(leastWeight.bitPattern >> shift) + 1

  /// How many and how much, side by side: an addition touches one line of the cache.
  private var bins = [(count: Int, mass: Double)](repeating: (0, 0), count: binCount)

  /// Takes all weights in the place of those before.
  /// - Parameter weights: from ``leastWeight`` to 1, or 0.
  mutating func fill(_ weights: [Double]) {
    bins.withUnsafeMutableBufferPointer { bins in
      bins.update(repeating: (0, 0))
      for weight in weights where weight > 0 {
        let bin = Self.bin(of: weight)
        bins[bin].count += 1
        bins[bin].mass += weight
      }
    }
  }

  /// 0: the heaviest.
  static func bin(of weight: Double) -> Int { first - Int(weight.bitPattern >> shift) }

  /// The lightest weight of a bin.
  static func leastWeight(ofBin bin: Int) -> Double { Double(bitPattern: UInt64(first - bin) << shift) }

  /// The bin in which the running sum exceeds `mass`, or the last that is not empty.
  func place(exceedingMass mass: Double) -> Place { place { _, sum in sum > mass } }

  /// The bin in which the running sum reaches `mass`, or the last that is not empty.
  func place(reachingMass mass: Double) -> Place { place { _, sum in sum >= mass } }

  /// The bin with the `count`th weight, or the last that is not empty.
  func place(reachingCount count: Int) -> Place { place { number, _ in number >= count } }

  private func place(_ isReached: (Int, Double) -> Bool) -> Place {
    var (count, mass) = (0, 0.0)
    var place = Place(bin: 0, countBefore: 0, massBefore: 0, count: 0)
    for (bin, content) in bins.enumerated() where content.count > 0 {
      place = Place(bin: bin, countBefore: count, massBefore: mass, count: count + content.count)
      count += content.count
      mass += content.mass
      if isReached(count, mass) { return place }
    }
    return place
  }

  /// What the bins before `bin` hold.
  func massBefore(_ bin: Int) -> Double { bins[..<min(bin, bins.count)].reduce(0) { $0 + $1.mass } }
}
