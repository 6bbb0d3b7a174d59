import CKernels
import Kernels
import Testing

/// Products with a table in its stored format have the bits of products with the widened numbers.
@Suite struct StoredMatrixTests {
  @Test(arguments: [StoredFloatFormat.float32, .float16, .bfloat16], [32, 64, 96, 768])
  func productsEqualThoseOfFloats(_ format: StoredFloatFormat, columns: Int) {
    for rows in [1, 15, 16, 17, 32, 50] {
      var samples = Samples(rows + columns)
      let bytes = samples.floats(rows * columns).withUnsafeBufferPointer(format.encode)
      var widened = [Float](repeating: 0, count: rows * columns)
      bytes.withUnsafeBytes { bytes in widened.withUnsafeMutableBufferPointer { format.decode(bytes, into: $0) } }
      for inputRows in [1, 7, 8, 19] {
        let input = samples.floats(inputRows * columns)
        forEachPath { path in
          for threads in 1...2 {
            withThreads(threads) {
              var expected = [Float](repeating: 0, count: inputRows * rows)
              var found = expected
              let table = bytes.withUnsafeBytes {
                StoredMatrix(copying: $0, format: format, rows: rows, columns: columns)
              }
              let panels = PanelMatrix(&widened, rows: rows, columns: columns)
              input.withUnsafeBufferPointer { input in
                panels.multiply(input.baseAddress!, inputRows: inputRows, into: &expected)
                table.multiply(input.baseAddress!, inputRows: inputRows, into: &found)
              }
              expectSame(found.bitPatterns, expected.bitPatterns, "[\(rows), \(columns)] \(path)")
              var row = [Float](repeating: 0, count: columns)
              table.copyRow(rows - 1, into: &row)
              expectSame(row, Array(widened.suffix(columns)), "the last row")
            }
          }
        }
      }
    }
  }

  /// In blocks of 8-bit numbers the order of the sums is the table's own, the same for one row and for many.
  @Test(arguments: [32, 64, 96, 768], [1, 3, 16, 18, 50])
  func productsWithBlocksAreThoseOfFloats(columns: Int, rows: Int) {
    var samples = Samples(rows + columns)
    let bytes = samples.floats(rows * columns).withUnsafeBufferPointer(StoredFloatFormat.q8_0.encode)
    let input = samples.floats(19 * columns)
    forEachPath { path in
      let table = bytes.withUnsafeBytes {
        StoredMatrix(copying: $0, format: .q8_0, rows: rows, columns: columns)
      }
      func product(_ first: Int, _ count: Int, threads: Int) -> [Float] {
        var output = [Float](repeating: 0, count: count * rows)
        withThreads(threads) {
          input.withUnsafeBufferPointer {
            table.multiply($0.baseAddress! + first * columns, inputRows: count, into: &output)
          }
        }
        return output
      }
      let together = product(0, 19, threads: 1)
      expectSame(product(0, 19, threads: 2).bitPatterns, together.bitPatterns, "\(path), 2 threads")
      let oneByOne = (0..<19).flatMap { product($0, 1, threads: 2) }
      expectSame(oneByOne.bitPatterns, together.bitPatterns, "\(path), row by row")
      var weights = [Float](repeating: 0, count: columns)
      for row in 0..<rows {
        table.copyRow(row, into: &weights)
        for inputRow in [0, 7, 18] {
          let terms = weights.indices.map { Double(weights[$0]) * Double(input[inputRow * columns + $0]) }
          let bound = sumErrorBound(magnitude: terms.reduce(0) { $0 + $1.magnitude }, count: columns)
          #expect(abs(Double(together[inputRow * rows + row]) - terms.reduce(0, +)) <= bound, "\(path)")
        }
      }
    }
  }

  @Test(arguments: Placement.allCases)
  func kernelStaysInside(_ placement: Placement) {
    for format in StoredFloatFormat.allCases {
      for (rows, columns) in [(1, 32), (16, 64), (33, 96), (18, format == .q8_0 ? 32 : 37)] {
        var samples = Samples(rows)
        let table = GuardedBuffer(samples.floats(rows * columns).withUnsafeBufferPointer(format.encode), placement)
        let x = GuardedBuffer(samples.floats(9 * columns), placement)
        forEachTable { kernels, _ in
          let y = GuardedBuffer<Float>(repeating: 0, count: 9 * rows, placement)
          kernels.stored_matmul(
            x.pointer, columns, 9, table.pointer, Self.kernelFormat(format), rows, columns, 0, (rows + 15) / 16, y.pointer,
            rows)
          expectIntact(table, x, y)
        }
      }
    }
  }

  /// Every float16, subnormal and not finite ones too.
  @Test func everyHalfIsWidenedAsItIs() {
    let halves = (0..<65_536).map { UInt16($0) }
    forEachTable { kernels, path in
      var found = [Float](repeating: 0, count: halves.count / 32)
      for column in [0, 13, 31] {
        var x = [Float](repeating: 0, count: 32)
        x[column] = 1
        halves.withUnsafeBytes { bytes in
          let table = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
          kernels.stored_matmul(&x, 32, 1, table, BITNET_STORED_FLOAT16, found.count, 32, 0, found.count / 16, &found, found.count)
        }
        for (row, value) in found.enumerated() {
          // A row with an infinity or a NaN has no sum.
          guard halves[row * 32..<row * 32 + 32].allSatisfy({ $0 & 0x7C00 != 0x7C00 }) else { continue }
          #expect(value == Float16Conversion.float(fromBits: halves[row * 32 + column]), "\(path)")
        }
      }
    }
  }

  private static func kernelFormat(_ format: StoredFloatFormat) -> bitnet_stored_format {
    switch format {
    case .float32: BITNET_STORED_FLOAT32
    case .float16: BITNET_STORED_FLOAT16
    case .bfloat16: BITNET_STORED_BFLOAT16
    case .q8_0: BITNET_STORED_Q8_0
    }
  }
}
