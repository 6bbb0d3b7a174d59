import CKernels
import Kernels
import Testing

/// Activations become int8 codes with one scale per row: the same bits on every instruction set.
@Suite struct QuantizeRowsTests {
  struct Result {
    var codes: [Int8]
    var scales: [UInt32]
    var sums: [Int32]

    func expectSame(
      as expected: Result, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      KernelsTests.expectSame(codes, expected.codes, "codes, \(what)", sourceLocation: sourceLocation)
      KernelsTests.expectSame(scales, expected.scales, "scales, \(what)", sourceLocation: sourceLocation)
      KernelsTests.expectSame(sums, expected.sums, "sums, \(what)", sourceLocation: sourceLocation)
    }
  }

  /// The rule of the header, spelled out.
  static func reference(_ x: [Float], rows: Int, columns: Int, stride: Int) -> Result {
    var result = Result(codes: Array(repeating: 0, count: rows * stride), scales: [], sums: [])
    for row in 0..<rows {
      let values = x[row * columns..<(row + 1) * columns]
      let largest = values.reduce(0) { max($0, abs($1)) }
      let scale = 127 / max(largest, 1e-5)
      for (column, value) in values.enumerated() {
        let code = (value * scale).rounded(.toNearestOrEven)
        result.codes[row * stride + column] = Int8(min(max(code, -128), 127))
      }
      result.scales.append(scale.bitPattern)
      result.sums.append(result.codes[row * stride..<(row + 1) * stride].reduce(0) { $0 + Int32($1) })
    }
    return result
  }

  static func run(
    _ kernels: bitnet_kernels, _ x: [Float], rows: Int, columns: Int, stride: Int, _ placement: Placement
  ) -> Result {
    let input = GuardedBuffer(x, placement)
    let codes = GuardedBuffer<Int8>(repeating: 99, count: rows * stride, placement)
    let scales = GuardedBuffer<Float>(repeating: 99, count: rows, placement)
    let sums = GuardedBuffer<Int32>(repeating: 99, count: rows, placement)
    kernels.quantize_rows(input.pointer, rows, columns, codes.pointer, stride, scales.pointer, sums.pointer)
    expectSame(input.elements.bitPatterns, x.bitPatterns)
    expectIntact(input, codes, scales, sums)
    return Result(codes: codes.elements, scales: scales.elements.bitPatterns, sums: sums.elements)
  }

  @Test(arguments: Placement.allCases) func equalsTheRule(_ placement: Placement) {
    var samples = Samples(1)
    for columns in oddLengths {
      let rows = columns % 13 + 1
      let stride = (columns + 3) / 4 * 4 + (columns % 3 == 0 ? 4 : 0)
      let x = samples.floats(rows * columns, magnitude: 3)
      let expected = Self.reference(x, rows: rows, columns: columns, stride: stride)
      forEachTable { kernels, path in
        let result = Self.run(kernels, x, rows: rows, columns: columns, stride: stride, placement)
        result.expectSame(as: expected, "\(path), \(rows) × \(columns)")
      }
    }
  }

  /// With 127 as the largest element the scale is 1 and the codes are the rounded elements themselves.
  @Test func halvesRoundToEven() {
    let x: [Float] = [127, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 126.5, -126.5, -127, 0.49999997, 0.50000006, -0.0]
    let expected: [Int8] = [127, 0, 0, 2, -2, 2, -2, 126, -126, -127, 0, 1, 0, 0, 0, 0]
    forEachTable { kernels, path in
      let result = Self.run(kernels, x, rows: 1, columns: x.count, stride: 16, .beforeGuard)
      expectSame(result.codes, expected, "\(path)")
      #expect(result.scales == [Float(1).bitPattern])
    }
  }

  @Test func magnitudesFromZeroToTheLargestFloat() {
    for magnitude: Float in [0, 7 * .leastNonzeroMagnitude, 1e-30, 9e-6, 1e-5, 1.1e-5, 1e20, .greatestFiniteMagnitude] {
      var x: [Float] = [0.3, -1, 0.7, 0.99, 1e-3].map { $0 * magnitude }
      x.append(contentsOf: x)
      let expected = Self.reference(x, rows: 2, columns: 5, stride: 8)
      forEachTable { kernels, path in
        let result = Self.run(kernels, x, rows: 2, columns: 5, stride: 8, .beforeGuard)
        result.expectSame(as: expected, "\(path), largest \(magnitude)")
        if magnitude <= 1e-5 { #expect(result.scales[0] == (127 / Float(1e-5)).bitPattern) }
        if magnitude == 0 { #expect(result.codes.allSatisfy { $0 == 0 }) }
      }
    }
  }

  @Test(arguments: [Float.nan, -.nan, .signalingNaN, .infinity, -.infinity])
  func aBadValueSpoilsItsRowAndNoOther(_ bad: Float) {
    var samples = Samples(2)
    let (rows, columns, stride) = (5, 19, 20)
    let clean = samples.floats(rows * columns)
    let expected = Self.reference(clean, rows: rows, columns: columns, stride: stride)
    for column in [0, 7, 8, 16, 18] {
      var x = clean
      x[2 * columns + column] = bad
      forEachTable { kernels, path in
        let result = Self.run(kernels, x, rows: rows, columns: columns, stride: stride, .beforeGuard)
        for row in 0..<rows where row != 2 {
          let range = row * stride..<(row + 1) * stride
          expectSame(Array(result.codes[range]), Array(expected.codes[range]), "\(path), row \(row)")
          #expect(result.scales[row] == expected.scales[row] && result.sums[row] == expected.sums[row])
        }
        #expect(Float(bitPattern: result.scales[2]).isNaN, "\(path), \(bad) at \(column)")
        #expect(result.codes[2 * stride..<3 * stride].allSatisfy { $0 == 0 } && result.sums[2] == 0)
      }
    }
  }

  @Test func dequantizationDividesByTheScale() {
    var samples = Samples(3)
    for columns in oddLengths {
      let (rows, stride) = (columns % 5 + 1, (columns + 3) / 4 * 4)
      let codes = samples.integers(rows * stride, in: Int8(-128)...127)
      let scales = samples.floats(rows).map { abs($0) + 0.1 }
      let expected = (0..<rows * columns).map { index in
        Float(codes[index / columns * stride + index % columns]) / scales[index / columns]
      }
      forEachTable { kernels, path in
        let placement = columns % 2 == 0 ? Placement.beforeGuard : .shiftedByThree
        let from = GuardedBuffer(codes, placement)
        let divisors = GuardedBuffer(scales, placement)
        let result = GuardedBuffer<Float>(repeating: 99, count: rows * columns, placement)
        kernels.dequantize_rows(from.pointer, stride, divisors.pointer, rows, columns, result.pointer)
        expectSame(result.elements.bitPatterns, expected.bitPatterns, "\(path), \(rows) × \(columns)")
        expectIntact(from, divisors, result)
      }
    }
  }

  @Test(arguments: [1, 2, 3]) func threadsDoNotChangeABit(_ threads: Int) {
    var samples = Samples(4)
    let (rows, columns) = (37, 1023)
    let x = samples.floats(rows * columns)
    let expected = Self.reference(x, rows: rows, columns: columns, stride: 1024)
    forEachPath { path in
      let quantized = withThreads(threads) { QuantizedRows(x, rows: rows, columns: columns) }
      #expect(quantized.codeStride == 1024)
      let codes = UnsafeBufferPointer(start: quantized.codes, count: rows * 1024)
      expectSame(Array(codes), expected.codes, "\(path)")
      let scales = UnsafeBufferPointer(start: quantized.scales, count: rows)
      expectSame(scales.map(\.bitPattern), expected.scales, "\(path)")
      expectSame(Array(UnsafeBufferPointer(start: quantized.sums, count: rows)), expected.sums, "\(path)")
    }
  }
}
