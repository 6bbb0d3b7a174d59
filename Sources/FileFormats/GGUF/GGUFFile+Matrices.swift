import Kernels

extension GGUFTensorType {
  /// The codec of a ternary type.
  package var packedTernary: PackedTernaryFormat? {
    switch self {
    case .i2_s: .i2_s
    case .tq1_0: .tq1_0
    case .tq2_0: .tq2_0
    default: nil
    }
  }

  /// The codec of a type of real numbers.
  package var storedFloats: StoredFloatFormat? {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .q8_0: .q8_0
    default: nil
    }
  }

  /// The codec of a type of real numbers that is read and never written.
  package var blockFormat: BlockFormat? {
    switch self {
    case .q4_0: .q4_0
    case .q4_1: .q4_1
    case .q5_0: .q5_0
    case .q5_1: .q5_1
    case .q2_k: .q2_k
    case .q3_k: .q3_k
    case .q4_k: .q4_k
    case .q5_k: .q5_k
    case .q6_k: .q6_k
    default: nil
    }
  }
}

extension GGUFFile {
  /// The codes and the scale of a ternary tensor, as they are stored; a separate `.scale` tensor is not looked for.
  /// - Parameters:
  ///   - rows: nil: all of them.
  ///   - i2sLayout: how I2_S is laid out; nothing in the file says so.
  /// - Throws: `GGUFError` for codes and scales that are none.
  package func ternaryCodes(
    of tensor: GGUFTensor, rows: Range<Int>? = nil, i2sLayout: I2SLayout = .blocksOf128
  ) throws -> TernaryCodes {
    guard let format = tensor.type.packedTernary else {
      throw error(.invalidTensor(name: tensor.name, "\(tensor.type.name) has no ternary codes"))
    }
    do {
      return try withBytes(of: tensor) {
        try format.decode(
          $0, rows: tensor.rows, columns: tensor.columns, range: rows ?? 0..<tensor.rows, layout: i2sLayout)
      }
    } catch let problem as PackedTernaryError {
      throw error(.invalidTensor(name: tensor.name, "\(problem)"))
    }
  }

  /// The elements of some rows of a tensor of any type, row-major, so that a large tensor need not be in memory as
  /// floats at once. May be called from several threads.
  /// - Parameters:
  ///   - rows: within 0..<tensor.rows.
  ///   - destination: float32 [rows.count, tensor.columns].
  ///   - i2sLayout: how I2_S is laid out; nothing in the file says so.
  /// - Throws: `GGUFError` for ternary codes and scales that are none.
  public func decodeRows(
    _ tensor: GGUFTensor, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>,
    i2sLayout: I2SLayout = .blocksOf128
  ) throws {
    require(
      rows.lowerBound >= 0 && rows.upperBound <= tensor.rows && destination.count == rows.count * tensor.columns,
      "a buffer of \(destination.count) elements for rows \(rows) of tensor \(tensor.name) of shape \(tensor.shape)")
    guard tensor.type.packedTernary == nil else {
      let matrix = try ternaryCodes(of: tensor, rows: rows, i2sLayout: i2sLayout)
      for (index, code) in matrix.codes.enumerated() { destination[index] = Float(code) * matrix.scale }
      return
    }
    let rowBytes = tensor.columns / tensor.type.blockSize * tensor.type.blockBytes
    withBytes(of: tensor) { bytes in
      let part = UnsafeRawBufferPointer(rebasing: bytes[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes])
      if let format = tensor.type.storedFloats { format.decode(part, into: destination) }
      if let format = tensor.type.blockFormat { format.decode(part, into: destination) }
    }
  }

  /// The elements of a tensor of any type, row-major.
  /// - Parameter i2sLayout: how I2_S is laid out; nothing in the file says so.
  /// - Throws: `GGUFError` for ternary codes and scales that are none.
  public func floats(of name: String, i2sLayout: I2SLayout = .blocksOf128) throws -> [Float] {
    let tensor = try tensor(name)
    return try [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
      let destination = UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.elementCount])
      try decodeRows(tensor, rows: 0..<tensor.rows, into: destination, i2sLayout: i2sLayout)
      count = tensor.elementCount
    }
  }
}
