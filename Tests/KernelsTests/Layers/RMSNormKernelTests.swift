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
        let dgain = GuardedBuffer(Array(before[..<columns]), placement)
        kernels.rms_norm_backward(
          x.pointer, gain.pointer, r.pointer, dy.pointer, rows, columns, dx.pointer, isAdding ? 1 : 0, dgain.pointer)
        let isRight = dx.elements.enumerated().allSatisfy { index, value in
          let (gradient, magnitude) = problem.inputGradient(index / columns, index % columns)
          let old = isAdding ? Double(before[index]) : 0
          return abs(Double(value) - gradient - old)
            <= sumErrorBound(magnitude: magnitude + abs(old), count: columns)
        }
        #expect(isRight, "\(path), \(columns) columns")
        Self.expectGainGradient(problem, reciprocals, before, dgain.elements, "\(path), \(columns) columns")
        expectIntact(x, gain, dy, r, dx, dgain)
      }
    }
  }

  /// - Parameter before: what the gradient was added to.
  static func expectGainGradient(
    _ problem: Problem, _ reciprocals: [Float], _ before: [Float], _ got: [Float], _ what: String
  ) {
    let columns = problem.columns
    let isRight = got.enumerated().allSatisfy { column, value in
      var (sum, magnitude) = (Double(before[column]), 1.0)
      for row in 0..<problem.rows {
        let index = row * columns + column
        let term = Double(problem.dy[index]) * Double(problem.x[index]) * Double(reciprocals[row])
        sum += term
        magnitude += abs(term)
      }
      return abs(Double(value) - sum) <= sumErrorBound(magnitude: magnitude, count: problem.rows)
    }
    #expect(isRight, "dgain, \(what)")
  }

  /// In one pass or in two: the same bits.
  @Test func normalisedAndQuantisedAtOnce() {
    var samples = Samples(4)
    for columns in oddLengths {
      let problem = Problem(&samples, rows: columns % 13 + 1, columns: columns)
      let (rows, stride) = (problem.rows, (columns + 3) / 4 * 4)
      let placement = Placement.allCases[columns % 4]
      forEachTable { kernels, path in
        var (y, r) = ([Float](repeating: 0, count: rows * columns), [Float](repeating: 0, count: rows))
        var (codes, scales) = ([Int8](repeating: 9, count: rows * stride), [Float](repeating: 0, count: rows))
        var sums = [Int32](repeating: 9, count: rows)
        kernels.rms_norm(problem.x, problem.gain, problem.epsilon, rows, columns, &y, &r)
        kernels.quantize_rows(y, rows, columns, &codes, stride, &scales, &sums)
        let (x, gain) = (GuardedBuffer(problem.x, placement), GuardedBuffer(problem.gain, placement))
        let fusedCodes = GuardedBuffer<Int8>(repeating: 9, count: rows * stride, placement)
        let fusedScales = GuardedBuffer<Float>(repeating: 0, count: rows, placement)
        let fusedSums = GuardedBuffer<Int32>(repeating: 9, count: rows, placement)
        let fusedReciprocals = GuardedBuffer<Float>(repeating: 0, count: rows, placement)
        kernels.rms_norm_quantize(
          x.pointer, gain.pointer, problem.epsilon, rows, columns, fusedCodes.pointer, stride, fusedScales.pointer,
          fusedSums.pointer, fusedReciprocals.pointer)
        let what = "\(path), \(columns) columns"
        expectSame(fusedCodes.elements, codes, what)
        expectSame(fusedScales.elements, scales, what)
        expectSame(fusedSums.elements, sums, what)
        expectSame(fusedReciprocals.elements, r, what)
        expectIntact(x, gain, fusedCodes, fusedScales, fusedSums, fusedReciprocals)
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
