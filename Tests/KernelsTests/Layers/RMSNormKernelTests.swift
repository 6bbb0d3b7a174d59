import CKernels
import Kernels
import Testing

@Suite struct RMSNormKernelTests {
  struct Problem {
    let rows: Int
    let columns: Int
    let x: [Float]
    let gain: [Float]
    let dy: [Float]
    let epsilon: Float = 1e-5

    init(_ samples: inout Samples, rows: Int, columns: Int) {
      (self.rows, self.columns) = (rows, columns)
      x = samples.floats(rows * columns, magnitude: 3)
      gain = samples.floats(columns, magnitude: 2)
      dy = samples.floats(rows * columns)
    }

    func reciprocal(_ row: Int) -> Double {
      let squares = x[row * columns..<(row + 1) * columns].reduce(0.0) { $0 + Double($1) * Double($1) }
      return 1 / (squares / Double(columns) + Double(epsilon)).squareRoot()
    }

    /// r·(gain·dy − x·r²·mean(gain·dy·x)) and the sum of the magnitudes of what it is computed from.
    func inputGradient(_ row: Int, _ column: Int) -> (value: Double, magnitude: Double) {
      let r = reciprocal(row)
      var (mean, magnitude) = (0.0, 0.0)
      for c in 0..<columns {
        let product = Double(gain[c]) * Double(dy[row * columns + c]) * Double(x[row * columns + c])
        mean += product / Double(columns)
        magnitude += abs(product) / Double(columns)
      }
      let index = row * columns + column
      let (direct, factor) = (Double(gain[column]) * Double(dy[index]), Double(x[index]) * r * r)
      return (r * (direct - factor * mean), r * (abs(direct) + abs(factor) * magnitude))
    }
  }

  @Test(arguments: Placement.allCases) func forwardAgreesWithDoubles(_ placement: Placement) {
    var samples = Samples(1)
    for columns in oddLengths {
      let problem = Problem(&samples, rows: columns % 13 + 1, columns: columns)
      forEachTable { kernels, path in
        let (x, gain) = (GuardedBuffer(problem.x, placement), GuardedBuffer(problem.gain, placement))
        let y = GuardedBuffer<Float>(repeating: 99, count: problem.x.count, placement)
        let r = GuardedBuffer<Float>(repeating: 99, count: problem.rows, placement)
        kernels.rms_norm(
          x.pointer, gain.pointer, problem.epsilon, problem.rows, columns, y.pointer, r.pointer)
        // A sum of squares has no cancellation; the root halves its relative error.
        let tolerance = sumErrorBound(magnitude: 1, count: columns)
        let reciprocals = (0..<problem.rows).map(problem.reciprocal)
        let reciprocalsAreRight = zip(r.elements, reciprocals).allSatisfy { abs(Double($0) - $1) <= tolerance * $1 }
        #expect(reciprocalsAreRight, "\(path), \(columns) columns")
        let isRight = y.elements.enumerated().allSatisfy { index, value in
          let expected = Double(problem.x[index]) * reciprocals[index / columns] * Double(problem.gain[index % columns])
          return abs(Double(value) - expected) <= tolerance * abs(expected)
        }
        #expect(isRight, "\(path), \(columns) columns")
        expectIntact(x, gain, y, r)
      }
    }
  }

  @Test(arguments: [false, true]) func backwardAgreesWithDoubles(_ isAdding: Bool) {
    var samples = Samples(2)
    for columns in oddLengths {
      let rows = columns % 13 + 1
      let problem = Problem(&samples, rows: rows, columns: columns)
      let before = samples.floats(problem.x.count)
      let placement = Placement.allCases[columns % 4]
      let reciprocals = (0..<rows).map { Float(problem.reciprocal($0)) }
      forEachTable { kernels, path in
        let (x, gain) = (GuardedBuffer(problem.x, placement), GuardedBuffer(problem.gain, placement))
        let (dy, r) = (GuardedBuffer(problem.dy, placement), GuardedBuffer(reciprocals, placement))
        let dx = GuardedBuffer(isAdding ? before : before.map { _ in .nan }, placement)
        kernels.rms_norm_backward(
          x.pointer, gain.pointer, r.pointer, dy.pointer, rows, columns, dx.pointer, isAdding ? 1 : 0)
        let isRight = dx.elements.enumerated().allSatisfy { index, value in
          let (gradient, magnitude) = problem.inputGradient(index / columns, index % columns)
          let old = isAdding ? Double(before[index]) : 0
          return abs(Double(value) - gradient - old)
            <= sumErrorBound(magnitude: magnitude + abs(old), count: columns)
        }
        #expect(isRight, "\(path), \(columns) columns")
        expectIntact(x, gain, dy, r, dx)
      }
    }
  }

  @Test(arguments: [false, true]) func gainGradientAgreesWithDoubles(_ isAdding: Bool) {
    var samples = Samples(3)
    for columns in oddLengths {
      let rows = columns % 13 + 1
      let problem = Problem(&samples, rows: rows, columns: columns)
      let before = samples.floats(columns)
      let range = columns / 3..<(columns + 1) - columns / 4
      let reciprocals = (0..<rows).map { Float(problem.reciprocal($0)) }
      forEachTable { kernels, path in
        let dgain = GuardedBuffer(before)
        kernels.rms_norm_backward_gain(
          problem.x, reciprocals, problem.dy, rows, columns, range.lowerBound, min(range.upperBound, columns),
          dgain.pointer, isAdding ? 1 : 0)
        let isRight = dgain.elements.enumerated().allSatisfy { column, value in
          guard range.contains(column) else { return value == before[column] }
          var (sum, magnitude) = (isAdding ? Double(before[column]) : 0, 1.0)
          for row in 0..<rows {
            let index = row * columns + column
            let term = Double(problem.dy[index]) * Double(problem.x[index]) * Double(reciprocals[row])
            sum += term
            magnitude += abs(term)
          }
          return abs(Double(value) - sum) <= sumErrorBound(magnitude: magnitude, count: rows)
        }
        #expect(isRight, "\(path), \(columns) columns")
        expectIntact(dgain)
      }
    }
  }

  @Test func rowsAndThreadsDoNotChangeABit() {
    var samples = Samples(4)
    let problem = Problem(&samples, rows: 67, columns: 1023)
    func forward(_ rows: Range<Int>) -> [UInt32] {
      let columns = problem.columns
      var y = [Float](repeating: 0, count: rows.count * columns)
      var r = [Float](repeating: 0, count: rows.count)
      RMSNormKernel.forward(
        Array(problem.x[rows.lowerBound * columns..<rows.upperBound * columns]), gain: problem.gain,
        epsilon: problem.epsilon, rows: rows.count, columns: columns, output: &y, reciprocals: &r)
      return y.bitPatterns
    }
    forEachPath { path in
      let batch = withThreads(1) { forward(0..<67) }
      expectSame(withThreads(2) { forward(0..<67) }, batch, "\(path)")
      for row in [0, 33, 66] {
        expectSame(forward(row..<row + 1), Array(batch[row * 1023..<(row + 1) * 1023]), "\(path), row \(row)")
      }
    }
  }

  @Test func aBadValueSpoilsItsRowAndNoOther() {
    forEachTable { kernels, path in
      var x = [Float](repeating: 1, count: 3 * 21)
      x[21 + 20] = .nan
      let gain = [Float](repeating: 1, count: 21)
      var (y, r) = ([Float](repeating: 0, count: 63), [Float](repeating: 0, count: 3))
      kernels.rms_norm(x, gain, 0, 3, 21, &y, &r)
      #expect(y.indices.allSatisfy { $0 / 21 == 1 ? y[$0].isNaN : y[$0] == 1 }, "\(path)")
    }
  }
}
