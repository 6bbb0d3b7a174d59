/// The packed ternary weights of Hugging Face transformers: uint8 [rows / 4, columns]. Bits 2k and 2k + 1 of the byte at
/// row r hold code + 1 of row r + k·rows / 4 of the matrix; the scale is a tensor of its own.
///
/// Source: `pack_weights` in transformers/integrations/bitnet.py.
package enum PackedHuggingFace {
  /// Rows that share a byte.
  package static let rowsPerByte = 4

  /// Whether a matrix of so many rows has a packed form.
  package static func holds(rows: Int) -> Bool { rows > 0 && rows.isMultiple(of: rowsPerByte) }

  package static func byteCount(rows: Int, columns: Int) -> Int { rows / rowsPerByte * columns }

  /// Row-major uint8 [rows / 4, columns].
  package static func encode(_ matrix: TernaryCodes) -> [UInt8] {
    require(holds(rows: matrix.rows), "\(matrix.rows) rows, four of which share a byte")
    let count = byteCount(rows: matrix.rows, columns: matrix.columns)
    return [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      bytes.initialize(repeating: 0)
      initialized = count
      matrix.codes.withUnsafeBufferPointer { codes in
        guard let codes = codes.baseAddress, let bytes = bytes.baseAddress else { return }
        for quarter in 0..<rowsPerByte {
          let (source, shift) = (codes + quarter * count, UInt8(truncatingIfNeeded: 2 * quarter))
          for index in 0..<count { bytes[index] |= UInt8(bitPattern: source[index] &+ 1) &<< shift }
        }
      }
    }
  }

  /// - Parameters:
  ///   - bytes: `byteCount(rows: rows, columns: columns)` of them.
  ///   - rows: of the matrix, four times those of the stored tensor.
  ///   - scale: what the codes are multiplied with; who stores the inverse inverts it first.
  /// - Throws: `PackedTernaryError` for a code 3 and a scale that is none.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, rows: Int, columns: Int, scale: Float
  ) throws -> TernaryCodes {
    guard scale.isFinite, scale >= 0 else { throw PackedTernaryError.invalidScale(block: 0, scale: scale) }
    let codes = try [Int8](unsafeUninitializedCapacity: rows * columns) { codes, initialized in
      let codes = UnsafeMutableBufferPointer(rebasing: codes[..<(rows * columns)])
      try decode(bytes, rows: rows, columns: columns, range: 0..<rows, into: codes)
      initialized = rows * columns
    }
    return TernaryCodes(rows: rows, columns: columns, scale: scale, codes: codes)
  }

  /// The codes of some rows alone.
  /// - Parameters:
  ///   - range: of rows of the matrix.
  ///   - codes: [range.count, columns].
  /// - Throws: `PackedTernaryError.invalidCode`, the element counted from the start of the matrix.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, rows: Int, columns: Int, range: Range<Int>,
    into codes: UnsafeMutableBufferPointer<Int8>
  ) throws {
    require(
      holds(rows: rows) && bytes.count == byteCount(rows: rows, columns: columns),
      "\(bytes.count) bytes of packed codes for a matrix of shape [\(rows), \(columns)]")
    require(
      range.lowerBound >= 0 && range.upperBound <= rows && codes.count == range.count * columns,
      "a buffer of \(codes.count) codes for rows \(range) of a matrix of shape [\(rows), \(columns)]")
    guard let packed = bytes.baseAddress, let codes = codes.baseAddress else { return }
    for (index, row) in range.enumerated() {
      let (source, shift) = place(of: row, in: packed, rows: rows, columns: columns)
      let destination = codes + index * columns
      var largest: UInt8 = 0
      for column in 0..<columns {
        let code = source[column] &>> shift & 3
        largest = max(largest, code)
        destination[column] = Int8(bitPattern: code) &- 1
      }
      guard largest < 3 else {
        let column = (0..<columns).first { destination[$0] == 2 } ?? 0
        throw PackedTernaryError.invalidCode(element: row * columns + column)
      }
    }
  }

  /// The bytes of a row of the matrix, and by how many bits its codes lie above the lowest.
  @inline(__always)
  static func place(
    of row: Int, in packed: UnsafeRawPointer, rows: Int, columns: Int
  ) -> (bytes: UnsafePointer<UInt8>, shift: UInt8) {
    let (quarter, line) = row.quotientAndRemainder(dividingBy: rows / rowsPerByte)
    return (
      (packed + line * columns).assumingMemoryBound(to: UInt8.self), UInt8(truncatingIfNeeded: 2 * quarter)
    )
  }
}
