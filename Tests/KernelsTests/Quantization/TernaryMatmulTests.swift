import CKernels
import Kernels
import Testing

/// int8 activations × ternary codes: an exact integer sum and three float operations, the same bits everywhere.
@Suite struct TernaryMatmulTests {
  struct Problem {
    var rows: Int
    var depth: Int
    var columns: Int
    var codes: [Int8]
    var weights: [Int8]
    var scales: [Float]
    let gamma: Float = 0.37
    var stride: Int { (depth + 3) / 4 * 4 }

    init(_ samples: inout Samples, rows: Int, depth: Int, columns: Int) {
      (self.rows, self.depth, self.columns) = (rows, depth, columns)
      codes = samples.integers(rows * depth, in: Int8(-128)...127)
      weights = samples.integers(columns * depth, in: Int8(-1)...1)
      scales = samples.floats(rows).map { abs($0) + 0.01 }
    }

    var expected: [UInt32] {
      (0..<rows * columns).map { index in
        let (row, column) = (index / columns, index % columns)
        var sum = 0
        for k in 0..<depth { sum += Int(codes[row * depth + k]) * Int(weights[column * depth + k]) }
        return (Float(sum) * (gamma / scales[row])).bitPattern
      }
    }

    /// - Parameters:
    ///   - addend: one number for all outputs.
    ///   - yStride: elements between output rows; those behind the columns must not change.
    func run(_ kernels: bitnet_kernels, addend: Float? = nil, yStride: Int, _ placement: Placement) -> [UInt32] {
      var padded = [Int8](repeating: 0, count: rows * stride)
      for row in 0..<rows {
        for k in 0..<depth { padded[row * stride + k] = codes[row * depth + k] }
      }
      let sums = (0..<rows).map { row in codes[row * depth..<(row + 1) * depth].reduce(Int32(0)) { $0 + Int32($1) } }
      let q = GuardedBuffer(padded, placement)
      let (s, t) = (GuardedBuffer(scales, placement), GuardedBuffer(sums, placement))
      let panels = GuardedBuffer(PackCodesTests.panels(weights, rows: columns, columns: depth), placement)
      let y = GuardedBuffer<Float>(repeating: 99, count: (rows - 1) * yStride + columns, placement)
      let addends = addend.map { GuardedBuffer<Float>(repeating: $0, count: (rows - 1) * yStride + columns, placement) }
      kernels.ternary_matmul(
        q.pointer, stride, s.pointer, t.pointer, rows, panels.pointer, columns, gamma, addends?.pointer, y.pointer,
        yStride)
      expectIntact(q, s, t, panels, y)
      if let addends { expectIntact(addends) }
      let all = y.elements
      for row in 0..<rows - 1 {
        #expect(all[row * yStride + columns..<(row + 1) * yStride].allSatisfy { $0 == 99 })
      }
      return (0..<rows * columns).map { all[$0 / columns * yStride + $0 % columns].bitPattern }
    }
  }

  @Test(arguments: Array(1...13)) func isExact(_ rows: Int) {
    var samples = Samples(rows)
    for (index, depth) in [1, 3, 4, 5, 16, 17, 63, 64, 65, 251, 252, 253, 257, 1023].enumerated() {
      let columns = [1, 7, 8, 9, 15, 16, 17, 24, 33, 47][(rows + index) % 10]
      let problem = Problem(&samples, rows: rows, depth: depth, columns: columns)
      let expected = problem.expected
      forEachTable { kernels, path in
        let (what, placement) = ("\(path), \(rows) × \(depth) × \(columns)", Placement.allCases[index % 4])
        expectSame(problem.run(kernels, yStride: columns + index % 3, placement), expected, what)
        let sums = expected.map { (0.7 + Float(bitPattern: $0)).bitPattern }
        expectSame(problem.run(kernels, addend: 0.7, yStride: columns + index % 3, placement), sums, "added, \(what)")
      }
    }
  }

  /// Enough rows, columns and depth for the blocks of processors with matrix units, and what is left over.
  @Test(arguments: [31, 32, 33, 64, 70], [63, 64, 128, 130, 192]) func largeBlocksAreExact(_ rows: Int, _ depth: Int) {
    var samples = Samples(rows)
    for (index, columns) in [31, 32, 33, 64, 79].enumerated() {
      let problem = Problem(&samples, rows: rows, depth: depth, columns: columns)
      let expected = problem.expected
      forEachTable { kernels, path in
        let (what, placement) = ("\(path), \(rows) × \(depth) × \(columns)", Placement.allCases[index % 4])
        expectSame(problem.run(kernels, yStride: columns + index % 3, placement), expected, what)
        let sums = expected.map { (0.7 + Float(bitPattern: $0)).bitPattern }
        expectSame(problem.run(kernels, addend: 0.7, yStride: columns + index % 3, placement), sums, "added, \(what)")
      }
    }
  }

  /// The widest layer of BitNet b1.58 2B4T at the limits of its operands: no intermediate sum may overflow.
  @Test(arguments: [Int8(127), -127, -128], [Int8(1), -1, 0]) func extremesDoNotOverflow(_ code: Int8, _ weight: Int8) {
    var samples = Samples(1)
    for depth in [6912, 6909] {
      var problem = Problem(&samples, rows: 33, depth: depth, columns: 35)
      problem.codes = .init(repeating: code, count: problem.codes.count)
      problem.weights = .init(repeating: weight, count: problem.weights.count)
      let expected = problem.scales.map { Float(depth * Int(code) * Int(weight)) * (problem.gamma / $0) }
      forEachTable { kernels, path in
        let y = problem.run(kernels, yStride: 35, .beforeGuard)
        expectSame(y, (0..<33 * 35).map { expected[$0 / 35].bitPattern }, "\(path), \(code) · \(weight)")
      }
    }
  }

  @Test func aRowAloneHasTheBitsOfTheBatch() {
    var samples = Samples(2)
    let (rows, depth, columns) = (67, 128, 37)
    let x = samples.floats(rows * depth)
    let w = samples.floats(columns * depth)
    forEachPath { path in
      let matrix = TernaryMatrix(quantizing: w, rows: columns, columns: depth, configuration: .init())
      let batch = Self.multiply(matrix, x, rows: rows)
      for row in 0..<rows {
        let alone = Self.multiply(matrix, Array(x[row * depth..<(row + 1) * depth]), rows: 1)
        expectSame(alone.bitPatterns, batch[row * columns..<(row + 1) * columns].map(\.bitPattern), "\(path)")
      }
    }
  }

  @Test func threadsAndPathsDoNotChangeABit() {
    var samples = Samples(3)
    let (rows, depth, columns) = (70, 512, 301)
    let x = samples.floats(rows * depth)
    let w = samples.floats(columns * depth)
    var results: Set<[UInt32]> = []
    forEachPath { _ in
      for threads in [1, 2, 3] {
        withThreads(threads) {
          let matrix = TernaryMatrix(quantizing: w, rows: columns, columns: depth, configuration: .init())
          results.insert(Self.multiply(matrix, x, rows: rows).bitPatterns)
        }
      }
    }
    #expect(results.count == 1)
  }

  @Test func aBadActivationMakesItsRowNaNAndNoOther() {
    var samples = Samples(4)
    let (rows, depth, columns) = (6, 21, 18)
    let w = samples.floats(columns * depth)
    let clean = samples.floats(rows * depth)
    for bad: Float in [.nan, .infinity, -.infinity] {
      var x = clean
      x[4 * depth + 20] = bad
      forEachPath { path in
        let matrix = TernaryMatrix(quantizing: w, rows: columns, columns: depth, configuration: .init())
        let (expected, y) = (Self.multiply(matrix, clean, rows: rows), Self.multiply(matrix, x, rows: rows))
        for index in y.indices {
          if index / columns == 4 {
            #expect(y[index].isNaN, "\(path), \(bad)")
          } else {
            #expect(y[index] == expected[index], "\(path), \(bad)")
          }
        }
      }
    }
  }

  static func multiply(_ matrix: TernaryMatrix, _ x: [Float], rows: Int) -> [Float] {
    let activations = QuantizedRows(x, rows: rows, columns: matrix.columns)
    return [Float](unsafeUninitializedCapacity: rows * matrix.rows) { buffer, count in
      matrix.multiply(activations, into: buffer.baseAddress!)
      count = rows * matrix.rows
    }
  }
}
