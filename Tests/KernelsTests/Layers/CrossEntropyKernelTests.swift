import CKernels
import Foundation
import Kernels
import Testing

@Suite struct CrossEntropyKernelTests {
  static func logSum(_ row: ArraySlice<Float>) -> Double {
    let largest = Double(row.max() ?? 0)
    return largest + log(row.reduce(0) { $0 + exp(Double($1) - largest) })
  }

  static func makeTargets(_ samples: inout Samples, rows: Int, columns: Int) -> [Int32] {
    samples.integers(rows, in: Int32(0)...Int32(columns - 1)).enumerated().map { $0 % 4 == 2 ? -100 : $1 }
  }

  @Test(arguments: Placement.allCases) func agreesWithDoubles(_ placement: Placement) {
    var samples = Samples(1)
    for columns in oddLengths {
      let rows = columns % 13 + 1
      let logits = samples.floats(rows * columns, magnitude: 12)
      let targets = Self.makeTargets(&samples, rows: rows, columns: columns)
      let slopes = samples.floats(rows)
      let sums = (0..<rows).map { Self.logSum(logits[$0 * columns..<($0 + 1) * columns]) }
      forEachTable { kernels, path in
        let (z, t) = (GuardedBuffer(logits, placement), GuardedBuffer(targets, placement))
        let losses = GuardedBuffer<Float>(repeating: 99, count: rows, placement)
        let logSums = GuardedBuffer<Float>(repeating: 99, count: rows, placement)
        let d = GuardedBuffer(slopes, placement)
        kernels.cross_entropy(z.pointer, rows, columns, t.pointer, losses.pointer, logSums.pointer)
        let forwardIsRight = (0..<rows).allSatisfy { row in
          let target = Int(targets[row])
          let loss = target < 0 ? 0 : sums[row] - Double(logits[row * columns + target])
          return abs(Double(logSums.elements[row]) - sums[row]) <= 4e-6
            && (target < 0 ? losses.elements[row] == 0 : abs(Double(losses.elements[row]) - loss) <= 4e-6)
        }
        #expect(forwardIsRight, "\(path), \(rows) × \(columns)")
        kernels.cross_entropy_backward(z.pointer, rows, columns, t.pointer, logSums.pointer, d.pointer)
        let backwardIsRight = z.elements.enumerated().allSatisfy { index, value in
          let (row, column) = (index / columns, index % columns)
          guard targets[row] >= 0 else { return value == 0 }
          let share = exp(Double(logits[index]) - sums[row]) - (column == Int(targets[row]) ? 1 : 0)
          return abs(Double(value) - share * Double(slopes[row])) <= 5e-6 * Double(abs(slopes[row]))
        }
        #expect(backwardIsRight, "\(path), \(rows) × \(columns)")
        expectIntact(z, t, losses, logSums, d)
      }
    }
  }

  @Test func largeAndInfiniteLogits() {
    forEachTable { kernels, path in
      let logits: [Float] = [1e30, -1e30, 1e30, 3e38, -.infinity, -3e38, -1000, -1000, -1000]
      var (losses, logSums) = ([Float](repeating: 99, count: 3), [Float](repeating: 99, count: 3))
      kernels.cross_entropy(logits, 3, 3, [0, 0, 1], &losses, &logSums)
      #expect(losses[1] == 0 && abs(losses[2] - Float(log(3.0))) <= 1e-4 && logSums[0] == 1e30, "\(path)")
      for bad: Float in [.nan, .infinity] {
        for position in [0, 7, 8, 16, 18] {
          var row = [Float](repeating: 0, count: 19 * 2)
          row[position] = bad
          kernels.cross_entropy(row, 2, 19, [3, 3], &losses, &logSums)
          #expect(!losses[0].isFinite || losses[0].isNaN, "\(path), \(bad) at \(position)")
          #expect(abs(losses[1] - Float(log(19.0))) <= 1e-6)
        }
      }
    }
  }

  @Test func rowsAndThreadsDoNotChangeABit() {
    var samples = Samples(2)
    let (rows, columns) = (41, 1023)
    let logits = samples.floats(rows * columns, magnitude: 12)
    let targets = Self.makeTargets(&samples, rows: rows, columns: columns)
    func forward(_ range: Range<Int>) -> [UInt32] {
      var (losses, sums) = ([Float](repeating: 0, count: range.count), [Float](repeating: 0, count: range.count))
      CrossEntropyKernel.forward(
        logits: Array(logits[range.lowerBound * columns..<range.upperBound * columns]), rows: range.count,
        columns: columns, targets: Array(targets[range]), losses: &losses, logSums: &sums)
      return losses.bitPatterns + sums.bitPatterns
    }
    forEachPath { path in
      let batch = withThreads(1) { forward(0..<rows) }
      expectSame(withThreads(2) { forward(0..<rows) }, batch, "\(path)")
      for row in [0, 20, 40] { #expect(forward(row..<row + 1) == [batch[row], batch[rows + row]], "\(path)") }
    }
  }
}

/// The exponential function of the kernels, seen through the softmax of the loss: with a log-sum of 0 and a slope of 1
/// the gradient of every logit but the target is its exponential.
@Suite struct ExponentialTests {
  static func exponentials(_ kernels: bitnet_kernels, _ x: [Float]) -> [Float] {
    var result = x + [0]
    kernels.cross_entropy_backward(&result, 1, result.count, [Int32(x.count)], [0], [1])
    return Array(result.dropLast())
  }

  /// Two units in the last place are 2.4e-7 at most.
  @Test func isWithinTwoUnitsInTheLastPlace() {
    let count = 400_000
    let x = (0...count).map { -87 + 175 * Float($0) / Float(count) }
    forEachTable { kernels, path in
      let worst = zip(x, Self.exponentials(kernels, x)).reduce(0.0) { worst, pair in
        let expected = exp(Double(pair.0))
        return max(worst, abs(Double(pair.1) - expected) / expected)
      }
      #expect(worst <= 2.4e-7, "\(path)")
    }
  }

  @Test func specialValues() {
    let x: [Float] = [0, -0.0, -.infinity, -1e30, -87.4, 88.4, 1e30, .infinity, .nan]
    forEachTable { kernels, path in
      let y = Self.exponentials(kernels, x)
      #expect(y[0] == 1 && y[1] == 1, "\(path)")
      #expect(y[2...4].allSatisfy { $0 == 0 }, "\(path)")
      #expect(y[5...7].allSatisfy { $0 == .infinity }, "\(path)")
      #expect(y[8].isNaN, "\(path)")
    }
  }
}
