import Kernels
import Testing

@Suite struct PackedHuggingFaceTests {
  private func matrix(rows: Int, columns: Int) -> TernaryCodes {
    var samples = Samples(rows * 31 + columns)
    return TernaryCodes(
      rows: rows, columns: columns, scale: 0.0421, codes: samples.integers(rows * columns, in: -1...1))
  }

  private func packed(
    _ bytes: [UInt8], rows: Int, columns: Int, scale: Float = 0.0421
  ) throws -> PackedMatrix {
    try bytes.withUnsafeBytes {
      try PackedMatrix(huggingFacePacked: $0, rows: rows, columns: columns, scale: scale)
    }
  }

  /// Written from the description of the layout, element by element.
  @Test(arguments: [(4, 1), (8, 3), (12, 64), (640, 128), (20, 33)])
  func fourRowsShareAByte(rows: Int, columns: Int) throws {
    let codes = matrix(rows: rows, columns: columns)
    let bytes = PackedHuggingFace.encode(codes)
    #expect(bytes.count == rows / 4 * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let byte = bytes[row % (rows / 4) * columns + column]
        let code = Int8(byte >> UInt8(2 * (row / (rows / 4))) & 3) - 1
        #expect(code == codes.codes[row * columns + column])
      }
    }
    let decoded = try bytes.withUnsafeBytes {
      try PackedHuggingFace.decode($0, rows: rows, columns: columns, scale: 0.0421)
    }
    #expect(decoded == codes)
  }

  @Test func rangesOfRowsAreRowsOfTheWhole() throws {
    let codes = matrix(rows: 12, columns: 5)
    let bytes = PackedHuggingFace.encode(codes)
    for first in 0...12 {
      for last in first...12 {
        let part = try [Int8](unsafeUninitializedCapacity: (last - first) * 5) { buffer, count in
          count = (last - first) * 5
          let codes = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
          try bytes.withUnsafeBytes {
            try PackedHuggingFace.decode($0, rows: 12, columns: 5, range: first..<last, into: codes)
          }
        }
        #expect(part == Array(codes.codes[first * 5..<last * 5]))
      }
    }
  }

  /// Panels of 16 rows lie in one quarter of the matrix or across two; whichever, the matrix is that of the codes.
  @Test(arguments: [4, 12, 16, 36, 64, 100, 640], [128, 384])
  func packedMatricesAreThoseOfTheCodes(rows: Int, columns: Int) throws {
    let codes = matrix(rows: rows, columns: columns)
    let bytes = PackedHuggingFace.encode(codes)
    var samples = Samples(rows)
    let input = samples.floats(3 * columns)
    try forEachPath { path in
      for threads in 1...3 {
        try withThreads(threads) {
          expectSame(
            try product(packed(bytes, rows: rows, columns: columns), input), try product(PackedMatrix(codes), input),
            "[\(rows), \(columns)], \(path), \(threads) threads")
        }
      }
    }
  }

  private func product(_ matrix: PackedMatrix, _ input: [Float]) -> [UInt32] {
    let rows = input.count / matrix.columns
    let activations = input.withUnsafeBufferPointer {
      QuantizedRows($0.baseAddress!, rows: rows, columns: matrix.columns)
    }
    var output = [Float](repeating: 0, count: rows * matrix.rows)
    output.withUnsafeMutableBufferPointer { matrix.multiply(activations, into: $0.baseAddress!) }
    return output.bitPatterns
  }

  @Test(arguments: [(0, 0), (3, 100), (37, 5), (63, 255)]) func codeThreeIsFound(row: Int, column: Int) {
    let (rows, columns) = (64, 256)
    var bytes = PackedHuggingFace.encode(matrix(rows: rows, columns: columns))
    bytes[row % 16 * columns + column] |= 3 << UInt8(2 * (row / 16))
    let error = PackedTernaryError.invalidCode(element: row * columns + column)
    #expect(throws: error) {
      try bytes.withUnsafeBytes { try PackedHuggingFace.decode($0, rows: rows, columns: columns, scale: 1) }
    }
    for threads in 1...3 {
      #expect(throws: error) { try withThreads(threads) { try packed(bytes, rows: rows, columns: columns) } }
    }
  }

  @Test func scalesAreFiniteAndNotNegative() {
    let bytes = PackedHuggingFace.encode(matrix(rows: 4, columns: 128))
    for scale: Float in [.nan, .infinity, -1] {
      #expect(throws: PackedTernaryError.self) {
        try bytes.withUnsafeBytes { try PackedHuggingFace.decode($0, rows: 4, columns: 128, scale: scale) }
      }
      #expect(throws: PackedTernaryError.self) { try packed(bytes, rows: 4, columns: 128, scale: scale) }
    }
  }

  @Test func onlyFoursOfRows() {
    #expect([0, 1, 2, 3, 4, 6, 640].map(PackedHuggingFace.holds) == [false, false, false, false, true, false, true])
  }
}
