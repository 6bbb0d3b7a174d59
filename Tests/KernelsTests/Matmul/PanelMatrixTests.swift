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

  /// Σ x·w in the order of the depth, with or without a rounding between product and sum.
  static func chain(_ x: ArraySlice<Float>, _ w: ArraySlice<Float>, isFused: Bool) -> UInt32 {
    zip(x, w).reduce(Float(0)) { isFused ? $0.addingProduct($1.0, $1.1) : $0 + $1.0 * $1.1 }.bitPattern
  }

  @Test(arguments: Array(1...13)) func isOneChainInTheOrderOfTheDepth(_ rows: Int) {
    var samples = Samples(rows)
    for (index, depth) in [1, 2, 5, 15, 16, 17, 64, 129, 257].enumerated() {
      let columns = [1, 7, 8, 9, 15, 16, 17, 24, 33, 47][(rows + index) % 10]
      let (xStride, yStride) = (depth + index % 3, columns + index % 2)
      let x = samples.floats((rows - 1) * xStride + depth)
      let w = samples.floats(columns * depth)
      let chains = [false, true].map { isFused in
        (0..<rows * columns).map { position in
          let (row, column) = (position / columns, position % columns)
          return Self.chain(
            x[row * xStride..<row * xStride + depth], w[column * depth..<(column + 1) * depth], isFused: isFused)
        }
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
        let result = (0..<rows * columns).map { all[$0 / columns * yStride + $0 % columns].bitPattern }
        let isOneOfThem = chains.contains(result)
        #expect(isOneOfThem, "\(path), \(rows) × \(depth) × \(columns)")
        let isPaddingIntact = all.indices.allSatisfy { $0 % yStride < columns || all[$0] == 99 }
        #expect(isPaddingIntact)
        expectIntact(input, panels, y)
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
