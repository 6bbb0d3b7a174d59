import CKernels
import Kernels
import Testing

/// Products whose rows have the same bits alone and in a batch.
@Suite struct PanelMatrixTests {
  @Test func packsPanelsOfSixteenRows() {
    var samples = Samples(1)
    for (index, (rows, columns)) in PackCodesTests.shapes.enumerated() {
      let w = samples.floats(rows * columns)
      let panelCount = (rows + 15) / 16
      let expected = (0..<panelCount * columns * 16).map { position -> Float in
        let (row, column) = (position / (columns * 16) * 16 + position % 16, position / 16 % columns)
        return row < rows ? w[row * columns + column] : 0
      }
      forEachTable { kernels, path in
        let placement = Placement.allCases[index % 4]
        let weights = GuardedBuffer(w, placement)
        let panels = GuardedBuffer<Float>(repeating: .nan, count: expected.count, placement)
        for panel in (0..<panelCount).reversed() {
          kernels.pack_floats(weights.pointer, rows, columns, panels.pointer, panel, panel + 1)
        }
        expectSame(panels.elements, expected, "\(path), \(rows) × \(columns)")
        expectIntact(weights, panels)
      }
    }
  }

  /// Σ x·w in the order of the depth, without a rounding between product and sum.
  static func chain(_ x: ArraySlice<Float>, _ w: ArraySlice<Float>) -> Float {
    zip(x, w).reduce(Float(0)) { $0.addingProduct($1.0, $1.1) }
  }

  @Test(arguments: Array(1...13)) func isOneChainInTheOrderOfTheDepth(_ rows: Int) {
    var samples = Samples(rows)
    for (index, depth) in [1, 2, 5, 15, 16, 17, 64, 129, 257].enumerated() {
      let columns = [1, 7, 8, 9, 15, 16, 17, 24, 33, 47][(rows + index) % 10]
      let (xStride, yStride) = (depth + index % 3, columns + index % 2)
      let x = samples.floats((rows - 1) * xStride + depth)
      let w = samples.floats(columns * depth)
      let chains = (0..<rows * columns).map { position in
        let (row, column) = (position / columns, position % columns)
        return Self.chain(x[row * xStride..<row * xStride + depth], w[column * depth..<(column + 1) * depth])
      }
      forEachTable { kernels, path in
        let placement = Placement.allCases[index % 4]
        let panelCount = (columns + 15) / 16
        let panels = GuardedBuffer<Float>(repeating: 0, count: panelCount * 16 * depth, placement)
        kernels.pack_floats(w, columns, depth, panels.pointer, 0, panelCount)
        let input = GuardedBuffer(x, placement)
        let y = GuardedBuffer<Float>(repeating: 99, count: (rows - 1) * yStride + columns, placement)
        kernels.float_matmul(
          input.pointer, xStride, rows, panels.pointer, depth, columns, y.pointer, yStride)
        let all = y.elements
        let result = (0..<rows * columns).map { all[$0 / columns * yStride + $0 % columns] }
        expectSame(result.bitPatterns, chains.bitPatterns, "\(path), \(rows) × \(depth) × \(columns)")
        let isPaddingIntact = all.indices.allSatisfy { $0 % yStride < columns || all[$0] == 99 }
        #expect(isPaddingIntact)
        expectIntact(input, panels, y)
      }
    }
  }

  /// Where the sum of an exact product, rounded to 53 bits and then to 24, is not the sum rounded to 24: next to the
  /// middle between two floats, below the smallest normal float, and at the ends of the range.
  @Test func roundsOnce() {
    var samples = Samples(3)
    let nextToOne = Float(1).nextUp
    var cases: [(x: Float, w: Float, addend: Float)] = [
      (0x1p-24 * nextToOne, 2 - nextToOne, nextToOne), (-0x1p-24 * nextToOne, nextToOne.nextUp - 2, nextToOne),
      (0x1p-24 * nextToOne, 2 - nextToOne, -nextToOne), (0x1p-24, 1, nextToOne), (0x1p-24, 1, 1),
      (0x1p-75, 0x1.8p-75, 0), (0x1p-75, 0x1p-75, .leastNonzeroMagnitude), (-0x1p-75, 0x1.000002p-75, 0x1p-126),
      (.greatestFiniteMagnitude, 2, -.greatestFiniteMagnitude), (.greatestFiniteMagnitude, 1, 0x1p103),
      (0, -1, -0.0), (.infinity, 0, 1), (.infinity, 1, -.infinity), (.nan, 1, 1),
    ]
    let tiny = (samples.floats(500, magnitude: 0x1p-63), samples.floats(500, magnitude: 0x1p-63))
    cases += zip(tiny.0, tiny.1).map { ($0, $1, $0 * 0x1p-66) }
    let x = cases.flatMap { [$0.addend, $0.x] }
    for (index, item) in cases.enumerated() {
      let expected = Self.chain([item.addend, item.x], [1, item.w])
      forEachTable { kernels, path in
        let panels = [Float](repeating: 1, count: 16) + [Float](repeating: item.w, count: 16)
        var y = [Float](repeating: 99, count: 16)
        kernels.float_matmul(Array(x[2 * index..<2 * index + 2]), 2, 1, panels, 2, 16, &y, 16)
        let isRight = y.allSatisfy { $0.bitPattern == expected.bitPattern || ($0.isNaN && expected.isNaN) }
        #expect(isRight, "\(path): \(item) gives \(y[0]), not \(expected)")
      }
    }
  }

  static func multiply(_ matrix: PanelMatrix, _ x: ArraySlice<Float>) -> [Float] {
    let rows = x.count / matrix.columns
    return [Float](unsafeUninitializedCapacity: rows * matrix.rows) { buffer, count in
      x.withUnsafeBufferPointer { matrix.multiply($0.baseAddress!, inputRows: rows, into: buffer.baseAddress!) }
      count = rows * matrix.rows
    }
  }

  @Test func rowsAndThreadsDoNotChangeABit() {
    var samples = Samples(2)
    let (rows, depth, columns) = (61, 260, 301)
    let x = samples.floats(rows * depth)
    let w = samples.floats(columns * depth)
    forEachPath { path in
      let serial = withThreads(1) { PanelMatrix(w, rows: columns, columns: depth) }
      let expected = withThreads(1) { Self.multiply(serial, x[...]) }
      for threads in [2, 3] {
        withThreads(threads) {
          let matrix = PanelMatrix(w, rows: columns, columns: depth)
          expectSame(Self.multiply(matrix, x[...]).bitPatterns, expected.bitPatterns, "\(path), \(threads) threads")
        }
      }
      for row in [0, 5, 6, 59, 60] {
        let alone = Self.multiply(serial, x[row * depth..<(row + 1) * depth])
        expectSame(alone.bitPatterns, expected[row * columns..<(row + 1) * columns].map(\.bitPattern), "\(path)")
      }
    }
  }
}
