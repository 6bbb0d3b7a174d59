/// The byte layouts in which ternary matrices are exchanged. Codes are stored as code + 1; rows are whole blocks.
///
/// TQ1_0 and TQ2_0 are llama.cpp's, with a float16 scale in every block; I2_S is bitnet.cpp's (the layout of the
/// published 2B4T file: blocks of 128 in 32 bytes), with one float32 scale after the last block.
package enum PackedTernaryFormat: String, CaseIterable, Sendable {
  case i2_s, tq1_0, tq2_0

  package var blockSize: Int { self == .i2_s ? I2S.blockSize : 256 }

  package var blockBytes: Int {
    switch self {
    case .i2_s: I2S.blockBytes
    case .tq1_0: TQ1.blockBytes
    case .tq2_0: TQ2.blockBytes
    }
  }

  package func byteCount(codes: Int) -> Int {
    codes / blockSize * blockBytes + (self == .i2_s ? I2S.tailBytes : 0)
  }

  /// Whether the format stores this scale without rounding.
  package func holds(_ scale: Float) -> Bool {
    self == .i2_s || Float16Conversion.roundedToFloat16(scale) == scale
  }

  /// The packed bytes of a matrix whose scale the format holds. A block of zeros has the scale 0 in TQ1_0 and TQ2_0,
  /// as llama.cpp's own quantiser writes it.
  package func encode(_ matrix: TernaryCodes) -> [UInt8] {
    require(
      matrix.columns.isMultiple(of: blockSize), "rows of \(matrix.columns) codes in blocks of \(blockSize)")
    require(holds(matrix.scale), "\(rawValue) would round the scale \(matrix.scale)")
    let count = matrix.codes.count
    return [UInt8](unsafeUninitializedCapacity: byteCount(codes: count)) { bytes, initialized in
      bytes.initialize(repeating: 0)
      initialized = byteCount(codes: count)
      matrix.codes.withUnsafeBufferPointer { codes in
        guard let codes = codes.baseAddress, let bytes = bytes.baseAddress else { return }
        switch self {
        case .i2_s: I2S.encode(codes, count: count, scale: matrix.scale, into: bytes)
        case .tq1_0: TQ1.encode(codes, count: count, scale: matrix.scale, into: bytes)
        case .tq2_0: TQ2.encode(codes, count: count, scale: matrix.scale, into: bytes)
        }
      }
    }
  }

  /// - Parameters:
  ///   - bytes: `byteCount(codes: rows * columns)` of them, of any alignment.
  ///   - range: of rows; nil: all of them.
  ///   - layout: of I2_S; the others have one.
  /// - Returns: the rows of the range.
  /// - Throws: `PackedTernaryError`, elements and blocks counted from the start of the matrix.
  package func decode(
    _ bytes: UnsafeRawBufferPointer, rows: Int, columns: Int, range: Range<Int>? = nil,
    layout: I2SLayout = .blocksOf128
  ) throws -> TernaryCodes {
    let range = range ?? 0..<rows
    require(
      columns.isMultiple(of: blockSize) && bytes.count == byteCount(codes: rows * columns)
        && range.lowerBound >= 0 && range.upperBound <= rows,
      "\(bytes.count) bytes of \(rawValue) for rows \(range) of a matrix of shape [\(rows), \(columns)]")
    let (count, firstBlock) = (range.count * columns, range.lowerBound * columns / blockSize)
    var scale: Float = 0
    let codes = try [Int8](unsafeUninitializedCapacity: count) { codes, initialized in
      guard let codes = codes.baseAddress, let bytes = bytes.baseAddress, count > 0 else { return }
      let first = bytes + firstBlock * blockBytes
      if self == .i2_s { scale = try I2S.scale(bytes + rows * columns / 4) }
      do {
        switch self {
        case .i2_s: try I2S.decode(first, count: count, layout: layout, into: codes)
        case .tq1_0: scale = try TQ1.decode(first, count: count, into: codes)
        case .tq2_0: scale = try TQ2.decode(first, count: count, into: codes)
        }
      } catch let error as PackedTernaryError {
        throw error.counted(afterBlocks: firstBlock, of: blockSize)
      }
      initialized = count
    }
    return TernaryCodes(rows: range.count, columns: columns, scale: scale, codes: codes)
  }
}

/// Why packed bytes are not a ternary matrix with one scale.
package enum PackedTernaryError: Error, Equatable, Sendable, CustomStringConvertible {
  /// 2-bit codes are 0, 1 and 2.
  case invalidCode(element: Int)
  /// Not finite, or negative.
  case invalidScale(block: Int, scale: Float)
  /// A BitNet matrix has one scale.
  case differentScales(block: Int, scale: Float, expected: Float)

  /// The same problem, found behind so many blocks.
  fileprivate func counted(afterBlocks blocks: Int, of blockSize: Int) -> PackedTernaryError {
    switch self {
    case .invalidCode(let element): .invalidCode(element: blocks * blockSize + element)
    case .invalidScale(let block, let scale): .invalidScale(block: blocks + block, scale: scale)
    case .differentScales(let block, let scale, let expected):
      .differentScales(block: blocks + block, scale: scale, expected: expected)
    }
  }

  package var description: String {
    switch self {
    case .invalidCode(let element):
      "element \(element) has the code 3, which is no ternary value"
    case .invalidScale(let block, let scale):
      "block \(block) has the scale \(scale), expected a finite number ≥ 0"
    case .differentScales(let block, let scale, let expected):
      "block \(block) has the scale \(scale) and others \(expected); only matrices with a single scale are read"
    }
  }
}
