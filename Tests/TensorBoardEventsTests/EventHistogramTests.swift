import TensorBoardEvents
import Testing

@Suite struct EventHistogramTests {
  private func distribution(_ parts: [Float]...) -> EventHistogram? {
    EventHistogram { visit in for part in parts { part.withUnsafeBufferPointer(visit) } }
  }

  @Test func everyNumberIsInTheBucketThatHoldsIt() throws {
    let numbers = (0..<5000).map { Float(($0 * 7919) % 5003) / 5003 - 0.25 }
    let histogram = try #require(distribution(Array(numbers[..<1234]), [], Array(numbers[1234...])))
    #expect(histogram.count == 5000 && histogram.buckets.count == EventHistogram.bucketCount)
    #expect(histogram.buckets.map(\.count).reduce(0, +) == 5000)
    #expect(histogram.minimum == Double(numbers.min() ?? 0) && histogram.maximum == Double(numbers.max() ?? 0))
    #expect(histogram.buckets.last?.limit == histogram.maximum)
    var left = histogram.minimum
    for bucket in histogram.buckets {
      let isLast = bucket.limit == histogram.maximum
      let expected = numbers.count { Double($0) >= left && (Double($0) < bucket.limit || isLast) }
      // A number on an edge, or a rounding away from it, may be in either bucket.
      #expect(abs(bucket.count - expected) <= 1, "from \(left) to \(bucket.limit)")
      #expect(bucket.limit > left)
      left = bucket.limit
    }
    #expect(abs(histogram.sum - numbers.reduce(0) { $0 + Double($1) }) < 1e-9)
    #expect(abs(histogram.sumOfSquares - numbers.reduce(0) { $0 + Double($1) * Double($1) }) < 1e-9)
  }

  @Test func equalNumbersHaveOneBucket() throws {
    let histogram = try #require(distribution([0.5, 0.5], [0.5]))
    #expect(histogram.buckets == [.init(limit: 0.5, count: 3)] && histogram.sum == 1.5)
  }

  @Test func whatIsNotFiniteIsLeftOut() throws {
    #expect(distribution([.nan, .infinity]) == nil && distribution() == nil)
    let histogram = try #require(distribution([1, .nan, 2, -.infinity]))
    #expect(histogram.count == 2 && histogram.minimum == 1 && histogram.maximum == 2)
    #expect(histogram.buckets.first?.count == 1 && histogram.buckets.last?.count == 1)
  }

  /// The range of two floats is beyond that of float32, and within that of the edges.
  @Test func theWidestRangeHasEdges() throws {
    let greatest = Float.greatestFiniteMagnitude
    let histogram = try #require(distribution([-greatest, 0, greatest]))
    #expect(histogram.buckets.map(\.count).reduce(0, +) == 3 && histogram.buckets.last?.count == 1)
  }
}
