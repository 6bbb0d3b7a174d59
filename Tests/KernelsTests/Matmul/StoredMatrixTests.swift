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
                StoredMatrix($0, format: format, rows: rows, columns: columns)
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
  @Test(arguments: [32, 64, 96, 768], [1, 3, 16, 18, 50, 150])
  func productsWithBlocksAreThoseOfFloats(columns: Int, rows: Int) {
    var samples = Samples(rows + columns)
    let bytes = samples.floats(rows * columns).withUnsafeBufferPointer(StoredFloatFormat.q8_0.encode)
    let input = samples.floats(19 * columns)
    forEachPath { path in
      let table = bytes.withUnsafeBytes {
        StoredMatrix($0, format: .q8_0, rows: rows, columns: columns)
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
      let inPairs = stride(from: 0, to: 18, by: 2).flatMap { product($0, 2, threads: 2) } + product(18, 1, threads: 1)
      expectSame(inPairs.bitPatterns, together.bitPatterns, "\(path), in pairs")
      var weights = [Float](repeating: 0, count: columns)
      for row in 0..<rows {
        table.copyRow(row, into: &weights)
        for inputRow in [0, 7, 18] {
          let terms = weights.indices.map { Double(weights[$0]) * Double(input[inputRow * columns + $0]) }
          // A block of activations is within half of 1 / 32639 of its largest.
          let rounding = stride(from: 0, to: columns, by: 32).reduce(0.0) { sum, block in
            let range = block..<block + 32
            let largest = range.map { abs(Double(input[inputRow * columns + $0])) }.max() ?? 0
            return sum + range.reduce(0) { $0 + abs(Double(weights[$1])) } * largest * 0.51 / 32639
          }
          let bound = rounding + sumErrorBound(magnitude: terms.reduce(0) { $0 + $1.magnitude }, count: columns)
          #expect(abs(Double(together[inputRow * rows + row]) - terms.reduce(0, +)) <= bound, "\(path)")
        }
      }
    }
  }

  /// Blocks whose activations are zero, tiny, or not numbers.
  @Test func specialActivationsOfBlocks() {
    let bytes = [Float](repeating: 1, count: 3 * 64).withUnsafeBufferPointer(StoredFloatFormat.q8_0.encode)
    let rest = [Float](repeating: 0.5, count: 32)
    forEachPath { path in
      let table = bytes.withUnsafeBytes { StoredMatrix($0, format: .q8_0, rows: 3, columns: 64) }
      for (value, isExpected) in [
        (0, { $0.map { abs($0 - 16) } ?? 1 < 1e-3 }),
        (.leastNonzeroMagnitude, { $0.map { abs($0 - 16) } ?? 1 < 1e-3 }),
        (.infinity, { $0?.isNaN == true }), (.nan, { $0?.isNaN == true }),
      ] as [(Float, (Float?) -> Bool)] {
        var output = [Float](repeating: 0, count: 3)
        (([Float](repeating: 0, count: 31) + [value]) + rest).withUnsafeBufferPointer {
          table.multiply($0.baseAddress!, inputRows: 1, into: &output)
        }
        #expect(output.allSatisfy { isExpected($0) }, "\(value): \(output), \(path)")
      }
    }
  }

  /// The extreme codes beside activations as large as they get: sums and the halves of activations must not overflow.
  @Test func extremeCodesAndActivations() {
    let codes = (0..<16).flatMap { row in [UInt8](repeating: [0x80, 0x7F, 0x00, 0x81][row % 4], count: 32) }
    let bytes = (0..<16).flatMap { row in [0x00, 0x3C] + codes[row * 32..<row * 32 + 32] }
    forEachPath { path in
      let table = bytes.withUnsafeBytes { StoredMatrix($0, format: .q8_0, rows: 16, columns: 32) }
      for sign in [Float(1), -1] {
        for odd in [sign, -sign / 127, 0.5] {
          let input = (0..<32).map { $0 % 2 == 0 ? sign : odd }
          var output = [Float](repeating: 0, count: 16)
          input.withUnsafeBufferPointer { table.multiply($0.baseAddress!, inputRows: 1, into: &output) }
          let sum = input.reduce(0, +)
          for row in 0..<16 {
            let expected = sum * Float(Int8(bitPattern: codes[row * 32]))
            #expect(abs(output[row] - expected) <= 128 * 16 / 32639, "\(path), row \(row), \(sign), \(odd)")
          }
        }
      }
    }
  }

  @Test(arguments: Placement.allCases)
  func kernelsStayInside(_ placement: Placement) {
    for format in StoredFloatFormat.allCases {
      for (rows, columns) in [(1, 32), (16, 64), (33, 96), (150, 64), (18, format == .q8_0 ? 32 : 37)] {
        var samples = Samples(rows)
        let table = GuardedBuffer(samples.floats(rows * columns).withUnsafeBufferPointer(format.encode), placement)
        let x = GuardedBuffer(samples.floats(9 * columns), placement)
        let panelCount = (rows + 15) / 16
        var outputs: [[UInt32]] = []
        forEachTable { kernels, _ in
          let y = GuardedBuffer<Float>(repeating: 0, count: 9 * rows, placement)
          let panels = GuardedBuffer<UInt8>(
            repeating: 9, count: format.byteCount(elements: panelCount * 16 * columns), placement)
          kernels.pack_table(
            table.pointer, Self.kernelFormat(format), rows, columns, panels.pointer, 0, panelCount)
          if format == .q8_0 {
            let codes = GuardedBuffer<Int16>(repeating: 0, count: 9 * columns, placement)
            let bytes = GuardedBuffer<Int8>(repeating: 0, count: 9 * columns * 2, placement)
            let offsets = GuardedBuffer<Int32>(repeating: 0, count: 9 * columns / 32, placement)
            let scales = GuardedBuffer<Float>(repeating: 0, count: 9 * columns / 32, placement)
            let activations = bitnet_16_bit_rows(
              codes: codes.pointer, bytes: bytes.pointer, offsets: offsets.pointer, scales: scales.pointer)
            kernels.quantize_16_bits(x.pointer, 9, columns, activations)
            kernels.q8_matmul(activations, 9, panels.pointer, rows, columns, 0, panelCount, y.pointer, rows)
            expectIntact(codes, bytes, offsets, scales)
          } else {
            kernels.stored_matmul(
              x.pointer, columns, 9, panels.pointer, Self.kernelFormat(format), rows, columns, 0, panelCount, y.pointer,
              rows)
          }
          expectIntact(table, panels, x, y)
          outputs.append(y.elements.bitPatterns)
        }
        for output in outputs { expectSame(output, outputs[0], "\(format) [\(rows), \(columns)]") }
      }
    }
  }

  /// Every float16, subnormal ones too.
  @Test func everyHalfIsWidenedAsItIs() {
    let halves = (0..<65_536).map { UInt16($0) }
    forEachPath { path in
      let table = halves.withUnsafeBytes { StoredMatrix($0, format: .float16, rows: halves.count / 32, columns: 32) }
      var found = [Float](repeating: 0, count: table.rows)
      for column in [0, 13, 31] {
        var x = [Float](repeating: 0, count: 32)
        x[column] = 1
        table.multiply(&x, inputRows: 1, into: &found)
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
