/// The packed weights of BitNet models in Hugging Face folders: [rows / 4, columns] bytes, of which bits 2k and 2k + 1 hold
/// code + 1 of row r + k · rows / 4.
package enum FourRowsPerByte {
  package static func decode(
    _ bytes: UnsafeRawBufferPointer, rows: Int, columns: Int, scale: Float
  ) throws -> TernaryCodes {
    let quarter = rows / 4 * columns
    require(
      rows.isMultiple(of: 4) && bytes.count == quarter, "\(bytes.count) bytes of codes for a matrix of [\(rows), \(columns)]")
    let codes = [Int8](unsafeUninitializedCapacity: rows * columns) { codes, count in
      for part in 0..<4 {
        for index in 0..<quarter { codes[part * quarter + index] = Int8(bytes[index] >> UInt8(2 * part) & 3) - 1 }
      }
      count = rows * columns
    }
    if let invalid = codes.firstIndex(of: 2) { throw PackedTernaryError.invalidCode(element: invalid) }
    return TernaryCodes(rows: rows, columns: columns, scale: scale, codes: codes)
  }

  /// - Parameter matrix: of a multiple of 4 rows.
  package static func encode(_ matrix: TernaryCodes) -> [UInt8] {
    require(matrix.rows.isMultiple(of: 4), "\(matrix.rows) rows, four of which share their bytes")
    let quarter = matrix.rows / 4 * matrix.columns
    return (0..<quarter).map { index in
      (0..<4).reduce(UInt8(0)) { $0 | UInt8(bitPattern: matrix.codes[$1 * quarter + index] + 1) << UInt8(2 * $1) }
    }
  }
}
