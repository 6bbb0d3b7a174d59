import Kernels
import Testing

/// The layout with blocks of 64, which is read and not written.
@Suite struct I2SLayoutTests {
  private static let (rows, columns) = (21, 384)
  private static let codes: TernaryCodes = {
    var samples = Samples(64)
    return TernaryCodes(
      rows: rows, columns: columns, scale: 0.0625, codes: samples.integers(rows * columns, in: -1...1))
  }()

  /// Written from the description of the layout, element by element.
  private static var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: rows * columns / 4)
    for (index, code) in codes.codes.enumerated() {
      let (block, place) = index.quotientAndRemainder(dividingBy: 64)
      bytes[block * 16 + place % 16] |= UInt8(code + 1) << UInt8(6 - 2 * (place / 16))
    }
    bytes += withUnsafeBytes(of: codes.scale.bitPattern.littleEndian, Array.init)
    return bytes + [UInt8](repeating: 9, count: 28)
  }

  private func decoded(_ bytes: [UInt8], range: Range<Int>? = nil, layout: I2SLayout) throws -> TernaryCodes {
    try bytes.withUnsafeBytes {
      try PackedTernaryFormat.i2_s.decode($0, rows: Self.rows, columns: Self.columns, range: range, layout: layout)
    }
  }

  private func packed(_ bytes: [UInt8], _ layout: I2SLayout) throws -> PackedMatrix {
    try bytes.withUnsafeBytes {
      try PackedMatrix($0, i2sLayout: layout, rows: Self.rows, columns: Self.columns, scale: 3)
    }
  }

  @Test func bothLayoutsDecode() throws {
    #expect(try decoded(Self.bytes, layout: .blocksOf64) == Self.codes)
    #expect(try decoded(PackedTernaryFormat.i2_s.encode(Self.codes), layout: .blocksOf128) == Self.codes)
    #expect(try decoded(Self.bytes, layout: .blocksOf128) != Self.codes)
  }

  @Test(arguments: I2SLayout.allCases) func rangesOfRowsAreRowsOfTheWhole(_ layout: I2SLayout) throws {
    let bytes = layout == .blocksOf64 ? Self.bytes : PackedTernaryFormat.i2_s.encode(Self.codes)
    for range in [0..<1, 3..<20, 20..<21, 7..<7] {
      let part = try decoded(bytes, range: range, layout: layout)
      #expect(part.rows == range.count)
      #expect(
        part.codes == Array(Self.codes.codes[range.lowerBound * Self.columns..<range.upperBound * Self.columns]))
      #expect(range.isEmpty || part.scale == Self.codes.scale)
    }
  }

  @Test func packedMatricesAreThoseOfTheCodes() throws {
    var samples = Samples(5)
    let input = samples.floats(Self.columns)
    try forEachPath { path in
      let activations = input.withUnsafeBufferPointer {
        QuantizedRows($0.baseAddress!, rows: 1, columns: Self.columns)
      }
      func product(_ matrix: PackedMatrix) -> [UInt32] {
        var output = [Float](repeating: 0, count: Self.rows)
        output.withUnsafeMutableBufferPointer { matrix.multiply(activations, into: $0.baseAddress!) }
        return output.bitPatterns
      }
      let expected = product(try PackedMatrix(Self.codes.scaled(by: Self.codes.scale * 3)))
      expectSame(product(try packed(Self.bytes, .blocksOf64)), expected, "\(path)")
      let written = PackedTernaryFormat.i2_s.encode(Self.codes)
      expectSame(product(try packed(written, .blocksOf128)), expected, "\(path)")
    }
  }

  @Test(arguments: [(0, 0), (17, 63), (20, 383), (5, 200)]) func codeThreeIsFound(row: Int, column: Int) {
    var bytes = Self.bytes
    let element = row * Self.columns + column
    bytes[element / 64 * 16 + element % 16] |= 3 << UInt8(6 - element % 64 / 16 * 2)
    let error = PackedTernaryError.invalidCode(element: element)
    #expect(throws: error) { try decoded(bytes, layout: .blocksOf64) }
    #expect(throws: error) { try decoded(bytes, range: row..<row + 1, layout: .blocksOf64) }
    #expect(throws: error) { try packed(bytes, .blocksOf64) }
  }
}
