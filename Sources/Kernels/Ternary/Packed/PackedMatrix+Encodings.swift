import CKernels

// Other byte layouts than that of I2_S become a packed matrix panel by panel: what is in memory besides the matrix and
// the source are the 16 rows of one panel per thread.

extension PackedMatrix {
  /// - Parameters:
  ///   - bytes: packed as transformers packs them, uint8 [rows / 4, columns].
  ///   - rows: of the matrix, four times those of the stored tensor.
  ///   - columns: see `holds(columns:)`.
  ///   - scale: what the codes are multiplied with; who stores the inverse inverts it first.
  ///   - layout: nil: the one that the kernels multiply fastest.
  /// - Throws: `PackedTernaryError` for a code 3 and a scale that is none.
  package convenience init(
    huggingFacePacked bytes: UnsafeRawBufferPointer, rows: Int, columns: Int, scale: Float,
    layout: bitnet_packed_layout? = nil
  ) throws {
    require(
      PackedHuggingFace.holds(rows: rows)
        && bytes.count == PackedHuggingFace.byteCount(rows: rows, columns: columns),
      "\(bytes.count) bytes of packed codes for a matrix of shape [\(rows), \(columns)]")
    guard let packed = bytes.baseAddress else { throw PackedTernaryError.invalidScale(block: 0, scale: scale) }
    try self.init(rows: rows, columns: columns, scale: scale, layout: layout) { row, destination in
      let (source, shift) = PackedHuggingFace.place(of: row, in: packed, rows: rows, columns: columns)
      let distance = UInt64(shift)
      for block in 0..<columns / I2S.blockSize {
        let codes = UnsafeRawPointer(source + block * I2S.blockSize)
        let bytes = UnsafeMutableRawPointer(destination + block * I2S.blockBytes)
        // Eight columns at a time: what comes over from the neighbouring byte lies above the two bits.
        for word in stride(from: 0, to: I2S.blockBytes, by: 8) {
          var lanes: UInt64 = 0
          for quarter in 0..<4 {
            let word = codes.loadUnaligned(fromByteOffset: quarter * I2S.blockBytes + word, as: UInt64.self)
            lanes = lanes &<< 2 | word &>> distance & 0x0303_0303_0303_0303
          }
          bytes.storeBytes(of: lanes, toByteOffset: word, as: UInt64.self)
        }
      }
    }
  }

  /// - Parameters:
  ///   - bytes: I2_S in either layout, the scale behind the codes.
  ///   - i2sLayout: of `bytes`.
  ///   - scale: multiplies the stored one.
  /// - Throws: `PackedTernaryError` for a code 3 and a scale that is none.
  package convenience init(
    _ bytes: UnsafeRawBufferPointer, i2sLayout: I2SLayout, rows: Int, columns: Int, scale: Float = 1,
    layout: bitnet_packed_layout? = nil
  ) throws {
    guard i2sLayout != .blocksOf128 else {
      try self.init(bytes, rows: rows, columns: columns, scale: scale, layout: layout)
      return
    }
    require(
      bytes.count == PackedTernaryFormat.i2_s.byteCount(codes: rows * columns),
      "\(bytes.count) bytes of codes for a matrix of shape [\(rows), \(columns)]")
    guard let packed = bytes.baseAddress else { throw PackedTernaryError.invalidScale(block: 0, scale: 0) }
    let stored = try I2S.scale(packed + rows * columns / 4)
    try self.init(rows: rows, columns: columns, scale: stored * scale, layout: layout) { row, destination in
      for block in 0..<columns / I2S.blockSize {
        let offset = row * columns / 4 + block * I2S.blockBytes
        let first = packed.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
        let second = packed.loadUnaligned(fromByteOffset: offset + 16, as: SIMD16<UInt8>.self)
        // Planes 0 and 2 of both halves are lanes 0–15 of planes 0 to 3, planes 1 and 3 lanes 16–31.
        let even = first & 0xC0 | (first & 0x0C) &<< 2 | (second & 0xC0) &>> 4 | (second & 0x0C) &>> 2
        let odd = (first & 0x30) &<< 2 | (first & 0x03) &<< 4 | (second & 0x30) &>> 2 | second & 0x03
        UnsafeMutableRawPointer(destination + block * I2S.blockBytes)
          .storeBytes(of: SIMD32(lowHalf: even, highHalf: odd), as: SIMD32<UInt8>.self)
      }
    }
  }
}
