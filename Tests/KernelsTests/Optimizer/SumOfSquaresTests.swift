import Kernels
import Testing

struct SumOfSquaresTests {
  @Test(arguments: [0, 1, 7, 8, 9, 16_383, 16_385, 50_001])
  func isTheSameForEveryThreadCountAndPath(count: Int) {
    var random = RandomStream(seed: 1, purpose: .initialization)
    let values = (0..<count).map { _ in random.nextUniform() - 0.5 }
    let expected = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    let sum = SumOfSquares(maximumCount: count)
    var results: Set<Double> = []
    for path in KernelPath.available {
      for threads in [1, 2, 3] {
        KernelPath.$current.withValue(path) {
          ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
            _ = results.insert(sum(values, count: count))
          }
        }
      }
    }
    #expect(results.count == 1)
    #expect(abs((results.first ?? .nan) - expected) <= 1e-12 * expected)
  }

  @Test func overflowsNeitherForLargeNorHidesBadValues() {
    let sum = SumOfSquares(maximumCount: 100)
    var values = [Float](repeating: .greatestFiniteMagnitude, count: 100)
    #expect(sum(values, count: 100).isFinite)
    values[57] = .infinity
    #expect(!sum(values, count: 100).isFinite)
    values[57] = .nan
    #expect(!sum(values, count: 100).isFinite)
  }
}
