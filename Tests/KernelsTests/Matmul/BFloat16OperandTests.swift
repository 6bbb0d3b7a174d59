import CKernels
import Kernels
import Testing

/// How the operands of bfloat16 products are packed.
@Suite struct BFloat16OperandTests {
  static let shapes = [1, 2, 15, 16, 17, 31, 32, 33, 64, 70].flatMap { rows in
    [1, 3, 16, 17, 33, 64, 129].map { (rows, $0) }
  }

  static func padded(_ extent: Int) -> Int { (extent + 31) / 32 * 32 }

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

  /// Tiles [rows / 16][depth / 32][16][32] of an element of each row and column, zeros in the padding.
  static func tiles(rows: Int, columns: Int, _ element: (Int, Int) -> UInt16) -> [UInt16] {
    let depth = padded(columns)
    return (0..<padded(rows) * depth).map { index in
      let row = index / (16 * depth) * 16 + index / 32 % 16
      let column = index % (16 * depth) / 512 * 32 + index % 32
      return row < rows && column < columns ? element(row, column) : 0
    }
  }

  /// Panels [columns / 16][depth / 2][16][2] of an element of each row and column, zeros in the padding.
  static func pairs(rows: Int, columns: Int, _ element: (Int, Int) -> UInt16) -> [UInt16] {
    let depth = padded(rows)
    return (0..<padded(columns) * depth).map { index in
      let row = index / 32 % (depth / 2) * 2 + index % 2
      let column = index / (16 * depth) * 16 + index / 2 % 16
      return row < rows && column < columns ? element(row, column) : 0
    }
  }

  @Test func gradientsBecomeBothOperands() {
    Self.forEachCase { kernels, rows, columns, placement, what in
      var samples = Samples(rows)
      let (x, divisors) = (samples.floats(rows * columns), samples.floats(rows).map { $0 + 2 })
      let alpha: Float = 0.37
      let expectedLeft = Self.tiles(rows: rows, columns: columns) { Self.narrow(x[$0 * columns + $1] * alpha) }
      let expectedRight = Self.pairs(rows: rows, columns: columns) {
        Self.narrow(x[$0 * columns + $1] * (1 / divisors[$0]))
      }
      let (from, by) = (GuardedBuffer(x, placement), GuardedBuffer(divisors, placement))
      let left = GuardedBuffer<UInt16>(repeating: 0x7FC0, count: expectedLeft.count, placement)
      let right = GuardedBuffer<UInt16>(repeating: 0x7FC0, count: expectedRight.count, placement)
      for first in stride(from: 0, to: rows, by: 32).reversed() {
        let last = min(first + 32, rows)
        let tiles = left.pointer + first * Self.padded(columns)
        // Alone and together.
        if first.isMultiple(of: 64) {
          kernels.bfloat16_gradient(
            from.pointer, rows, columns, first, last, alpha, by.pointer, tiles, right.pointer)
        } else {
          kernels.bfloat16_gradient(from.pointer, rows, columns, first, last, alpha, by.pointer, tiles, nil)
          kernels.bfloat16_gradient(from.pointer, rows, columns, first, last, alpha, by.pointer, nil, right.pointer)
        }
      }
      expectSame(left.elements, expectedLeft, what)
      expectSame(right.elements, expectedRight, what)
      expectIntact(from, by, left, right)
    }
  }

  @Test func halvesRoundToEvenAndBadValuesStay() {
    let x: [Float] = [
      Float(bitPattern: 0x3F80_8000), Float(bitPattern: 0x3F81_8000), Float(bitPattern: 0x3F80_8001), .infinity, -0.0,
      Float(bitPattern: 0x7F80_0001), .greatestFiniteMagnitude, Float(bitPattern: 0xFFFF_FFFF),
    ]
    forEachTable { kernels, path in
      var left = [UInt16](repeating: 99, count: 32 * 32)
      kernels.bfloat16_gradient(x, 1, x.count, 0, 1, 1, [1], &left, nil)
      #expect(left[..<5] == [0x3F80, 0x3F82, 0x3F81, 0x7F80, 0x8000] && left[6] == 0x7F80, "\(path)")
      #expect([5, 7].allSatisfy { BFloat16(bitPattern: left[$0]).floatValue.isNaN }, "\(path)")
    }
  }

  @Test func codesAreTransposed() {
    Self.forEachCase { kernels, rows, columns, placement, what in
      var samples = Samples(rows)
      let stride = (columns + 3) / 4 * 4
      let codes = samples.integers(rows * stride, in: Int8(-128)...127)
      let expected = Self.tiles(rows: Self.padded(columns), columns: rows) { column, row in
        column < stride ? Self.narrow(Float(codes[row * stride + column])) : 0
      }
      let from = GuardedBuffer(codes, placement)
      let left = GuardedBuffer<UInt16>(repeating: 0x7FC0, count: expected.count, placement)
      let middle = Self.padded(columns) / 32 * 16
      for (first, last) in [(middle, Self.padded(columns)), (0, middle)] {
        kernels.bfloat16_transposed_codes(from.pointer, stride, rows, first, last, left.pointer)
      }
      expectSame(left.elements, expected, what)
      expectIntact(from, left)
    }
  }

  @Test func codesArePaired() {
    Self.forEachCase { kernels, rows, columns, placement, what in
      var samples = Samples(rows)
      let codes = samples.integers(rows * columns, in: Int8(-1)...1)
      let expected = Self.pairs(rows: rows, columns: columns) { Self.narrow(Float(codes[$0 * columns + $1])) }
      let from = GuardedBuffer(PackCodesTests.panels(codes, rows: rows, columns: columns), placement)
      let panels = GuardedBuffer<UInt16>(repeating: 0x7FC0, count: expected.count, placement)
      for panel in (0..<Self.padded(columns) / 16).reversed() {
        kernels.bfloat16_code_pairs(from.pointer, rows, columns, panels.pointer, panel, panel + 1)
      }
      expectSame(panels.elements, expected, what)
      expectIntact(from, panels)
    }
  }

  @Test(arguments: [false, true]) func rowsBecomeColumns(_ isAdding: Bool) {
    Self.forEachCase { kernels, rows, columns, placement, what in
      var samples = Samples(rows)
      let (x, stride) = (samples.floats(rows * columns), rows + 2)
      let from = GuardedBuffer(x, placement)
      let y = GuardedBuffer<Float>(repeating: 3, count: (columns - 1) * stride + rows, placement)
      kernels.transpose(from.pointer, rows, columns, y.pointer, stride, isAdding ? 1 : 0)
      let expected = y.elements.indices.map { index -> Float in
        guard index % stride < rows else { return 3 }
        return x[index % stride * columns + index / stride] + (isAdding ? 3 : 0)
      }
      expectSame(y.elements, expected, what)
      expectIntact(from, y)
    }
  }
}
