/// How numbers are distributed.
///
/// The buckets are of equal width from the least number to the greatest. TensorBoard draws thirty bars of equal width over
/// the same range: buckets that grow away from zero, which other writers use, would be finest where a bar sums hundreds of
/// them and coarser than a bar at the edges.
package struct EventHistogram: Equatable, Sendable {
  package struct Bucket: Equatable, Sendable {
    /// The right edge; the left one is that of the bucket before, or the least number.
    package let limit: Double
    package let count: Int

    package init(limit: Double, count: Int) { (self.limit, self.count) = (limit, count) }
  }

  /// Twice the thirty bars and a little more, so that a bar that cuts a bucket is off by little; 16 bytes each in the file.
  package static let bucketCount = 64

  package let minimum: Double
  package let maximum: Double
  package let count: Int
  package let sum: Double
  package let sumOfSquares: Double
  package let buckets: [Bucket]

  package init(
    minimum: Double, maximum: Double, count: Int, sum: Double, sumOfSquares: Double, buckets: [Bucket]
  ) {
    (self.minimum, self.maximum, self.count) = (minimum, maximum, count)
    (self.sum, self.sumOfSquares, self.buckets) = (sum, sumOfSquares, buckets)
  }

  /// Of finite numbers; what is not finite is left out. nil where none is left.
  /// - Parameter forEachPart: hands out the numbers in parts, the same ones each time: it is called twice, so that nobody
  ///   has to hold all of them.
  package init?(forEachPart: ((UnsafeBufferPointer<Float>) -> Void) -> Void) {
    var moments = Moments()
    forEachPart { moments.add($0) }
    guard moments.count > 0 else { return nil }
    var tally = Tally(from: moments.minimum, to: moments.maximum)
    forEachPart { tally.add($0) }
    self.init(
      minimum: Double(moments.minimum), maximum: Double(moments.maximum), count: moments.count, sum: moments.sum,
      sumOfSquares: moments.sumOfSquares, buckets: tally.buckets)
  }
}

private struct Moments {
  private(set) var minimum = Float.infinity
  private(set) var maximum = -Float.infinity
  private(set) var count = 0
  private(set) var sum = 0.0
  private(set) var sumOfSquares = 0.0

  mutating func add(_ numbers: UnsafeBufferPointer<Float>) {
    // Of its own, a part's sums stay in registers.
    var part = Moments()
    for number in numbers where number.isFinite {
      if number < part.minimum { part.minimum = number }
      if number > part.maximum { part.maximum = number }
      part.count &+= 1
      let wide = Double(number)
      part.sum += wide
      part.sumOfSquares += wide * wide
    }
    (minimum, maximum) = (Swift.min(minimum, part.minimum), Swift.max(maximum, part.maximum))
    count += part.count
    sum += part.sum
    sumOfSquares += part.sumOfSquares
  }
}

private struct Tally {
  private let minimum: Double
  private let width: Double
  private let maximum: Double
  private var counts: [Int]

  init(from minimum: Float, to maximum: Float) {
    (self.minimum, self.maximum) = (Double(minimum), Double(maximum))
    counts = Array(repeating: 0, count: minimum == maximum ? 1 : EventHistogram.bucketCount)
    width = (self.maximum - self.minimum) / Double(counts.count)
  }

  mutating func add(_ numbers: UnsafeBufferPointer<Float>) {
    let (last, perWidth, minimum) = (counts.count - 1, width > 0 ? 1 / width : 0, minimum)
    counts.withUnsafeMutableBufferPointer { counts in
      for number in numbers where number.isFinite {
        // The greatest number lies on the last edge.
        counts[Swift.min(last, Int((Double(number) - minimum) * perWidth))] &+= 1
      }
    }
  }

  var buckets: [EventHistogram.Bucket] {
    counts.enumerated().map { index, count in
      let limit = index == counts.count - 1 ? maximum : minimum + width * Double(index + 1)
      return EventHistogram.Bucket(limit: limit, count: count)
    }
  }
}
