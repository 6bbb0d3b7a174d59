import CKernels
import Kernels
import Testing

/// How the operands of bfloat16 products are packed.
@Suite struct BFloat16OperandTests {
  static let shapes = [1, 2, 15, 16, 17, 31, 32, 33, 64, 70].flatMap { rows in
    [1, 3, 16, 17, 33, 64, 129].map { (rows, $0) }
  }

  static func depth(_ extent: Int) -> Int { (extent + 31) / 32 * 32 }

  /// Bits of the nearest bfloat16.
  static func narrow(_ value: Float) -> UInt16 { BFloat16(value).bitPattern }

  /// Runs `body` for every shape and path with a placement that changes.
  static func forEachCase(_ body: (bitnet_kernels, Int, Int, Placement, String) -> Void) {
    for (index, (rows, columns)) in shapes.enumerated() {
      forEachTable { kernels, path in
        body(kernels, rows, columns, Placement.allCases[index % 4], "\(path), \(rows) × \(columns)")
      }
    }
  }

  @Test func rowsAreRoundedAndPadded() {
    Self.forEachCase { kernels, rows, columns, placement, what in
      var samples = Samples(rows)
      let (x, depth) = (samples.floats(rows * columns), Self.depth(columns))
      let from = GuardedBuffer(x, placement)
      let left = GuardedBuffer<UInt16>(repeating: 0x7FC0, count: rows * depth, placement)
      kernels.bfloat16_rows(from.pointer, rows, columns, left.pointer, depth)
      let expected = (0..<rows * depth).map { index in
        index % depth < columns ? Self.narrow(x[index / depth * columns + index % depth]) : 0
      }
      expectSame(left.elements, expected, what)
      expectIntact(from, left)
    }
  }

  @Test func halvesRoundToEvenAndBadValuesStay() {
    let x: [Float] = [
      Float(bitPattern: 0x3F80_8000), Float(bitPattern: 0x3F81_8000), Float(bitPattern: 0x3F80_8001), .infinity, -0.0,
      Float(bitPattern: 0x7F80_0001), .greatestFiniteMagnitude,
    ]
    forEachTable { kernels, path in
      var left = [UInt16](repeating: 99, count: 32)
      kernels.bfloat16_rows(x, 1, x.count, &left, 32)
      #expect(left[..<5] == [0x3F80, 0x3F82, 0x3F81, 0x7F80, 0x8000] && left[6] == 0x7F80, "\(path)")
      #expect(BFloat16(bitPattern: left[5]).floatValue.isNaN, "\(path)")
    }
  }

  @Test func codesAreTransposed() {
    Self.forEachCase { kernels, rows, columns, placement, what in
      var samples = Samples(rows)
      let (stride, depth) = ((columns + 3) / 4 * 4, Self.depth(rows))
      let codes = samples.integers(rows * stride, in: Int8(-128)...127)
      let from = GuardedBuffer(codes, placement)
      let left = GuardedBuffer<UInt16>(repeating: 0x7FC0, count: columns * depth, placement)
      let middle = columns / 2
      for (first, last) in [(middle, columns), (0, middle)] {
        kernels.bfloat16_transposed_codes(from.pointer, stride, rows, first, last, left.pointer, depth)
      }
      let expected = (0..<columns * depth).map { index in
        index % depth < rows ? Self.narrow(Float(codes[index % depth * stride + index / depth])) : 0
      }
      expectSame(left.elements, expected, what)
      expectIntact(from, left)
    }
  }

  /// [panel][depth / 2][16][2] of an element of each row and column.
  static func pairs(rows: Int, columns: Int, _ element: (Int, Int) -> UInt16) -> [UInt16] {
    let depth = depth(rows)
    return (0..<(columns + 15) / 16 * depth * 16).map { index in
      let row = index / 32 % (depth / 2) * 2 + index % 2
      let column = index / (16 * depth) * 16 + index / 2 % 16
      return row < rows && column < columns ? element(row, column) : 0
    }
  }

  @Test func rowsAreDividedAndPaired() {
    Self.forEachCase { kernels, rows, columns, placement, what in
      var samples = Samples(rows)
      let (x, divisors) = (samples.floats(rows * columns), samples.floats(rows).map { $0 + 2 })
      let expected = Self.pairs(rows: rows, columns: columns) { row, column in
        Self.narrow(x[row * columns + column] / divisors[row])
      }
      let (from, by) = (GuardedBuffer(x, placement), GuardedBuffer(divisors, placement))
      let panels = GuardedBuffer<UInt16>(repeating: 0x7FC0, count: expected.count, placement)
      for panel in (0..<(columns + 15) / 16).reversed() {
        kernels.bfloat16_row_pairs(
          from.pointer, by.pointer, rows, columns, panels.pointer, Self.depth(rows), panel, panel + 1)
      }
      expectSame(panels.elements, expected, what)
      expectIntact(from, by, panels)
    }
  }

  @Test func codesArePaired() {
    Self.forEachCase { kernels, rows, columns, placement, what in
      var samples = Samples(rows)
      let codes = samples.integers(rows * columns, in: Int8(-1)...1)
      let expected = Self.pairs(rows: rows, columns: columns) { row, column in
        Self.narrow(Float(codes[row * columns + column]))
      }
      let from = GuardedBuffer(PackCodesTests.panels(codes, rows: rows, columns: columns), placement)
      let panels = GuardedBuffer<UInt16>(repeating: 0x7FC0, count: expected.count, placement)
      for panel in (0..<(columns + 15) / 16).reversed() {
        kernels.bfloat16_code_pairs(
          from.pointer, rows, columns, panels.pointer, Self.depth(rows), panel, panel + 1)
      }
      expectSame(panels.elements, expected, what)
      expectIntact(from, panels)
    }
  }
}
