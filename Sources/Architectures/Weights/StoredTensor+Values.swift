import Kernels

extension StoredTensor {
  /// Widens some rows to float32.
  /// - Parameter destination: float32 [rows.count, columns].
  /// - Throws: `StoredTensorError` for codes and scales that are none.
  package func readRows(_ rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) throws {
    require(
      rows.lowerBound >= 0 && rows.upperBound <= self.rows && destination.count == rows.count * columns,
      "\(rows) rows of shape \(shape) into \(destination.count) numbers")
    func piece(_ byteCount: (Int) -> Int) -> UnsafeRawBufferPointer {
      let start = byteCount(rows.lowerBound * columns)
      return UnsafeRawBufferPointer(rebasing: bytes[start..<start + byteCount(destination.count)])
    }
    switch encoding {
    case .floats(let format): format.decode(piece(format.byteCount), into: destination)
    case .blocks(let format): format.decode(piece(format.byteCount), into: destination)
    case .ternary, .packedHuggingFace:
      // Codes are few bytes: those of a whole matrix at once.
      let matrix = try codes()
      let first = rows.lowerBound * columns
      for index in destination.indices { destination[index] = Float(matrix.codes[first + index]) * matrix.scale }
      return
    }
    guard scale != 1 else { return }
    for index in destination.indices { destination[index] *= scale }
  }

  /// All elements in float32, row-major.
  package func floats() throws -> [Float] { try floats(0..<rows) }

  /// Some rows in float32.
  package func floats(_ rows: Range<Int>) throws -> [Float] {
    let elements = rows.count * columns
    return try [Float](unsafeUninitializedCapacity: elements) { buffer, count in
      try readRows(rows, into: UnsafeMutableBufferPointer(rebasing: buffer[..<elements]))
      count = elements
    }
  }

  /// The codes and the scale of a tensor that is stored so.
  /// - Throws: `StoredTensorError`.
  package func codes() throws -> TernaryCodes {
    guard scale.isFinite, scale >= 0 else { throw error("the scale \(scale), expected a finite number ≥ 0") }
    do {
      switch encoding {
      case .floats, .blocks: throw error("real numbers where codes were expected")
      case .ternary(let format, let layout):
        let matrix = try format.decode(bytes, rows: rows, columns: columns, layout: layout)
        return scale == 1 ? matrix : matrix.scaled(by: matrix.scale * scale)
      case .packedHuggingFace:
        return try PackedHuggingFace.decode(bytes, rows: rows, columns: columns, scale: scale)
      }
    } catch let problem as PackedTernaryError {
      throw error("\(problem)")
    }
  }
}

extension ModelWeights {
  /// All elements of a tensor in float32, row-major.
  package func floats(of parameter: ModelParameter) throws -> [Float] {
    try withStored(parameter) { try $0.floats() }
  }

  /// The codes that a matrix is multiplied in, whatever it is stored as: masters are quantised as training does it.
  /// - Throws: `StoredTensorError`; what `withStored` throws.
  package func codes(of parameter: ModelParameter) throws -> TernaryCodes {
    guard let numerics = architecture.numerics(of: parameter) else {
      preconditionFailure("\(parameter.name) is multiplied in full precision")
    }
    return try withStored(parameter) { stored in
      if stored.isTernary { return try stored.codes() }
      let storage = Storage(byteCount: stored.elementCount * 4)
      defer { withExtendedLifetime(storage) {} }
      let values = UnsafeMutableBufferPointer(start: storage.elements(of: Float.self), count: stored.elementCount)
      try stored.readRows(0..<stored.rows, into: values)
      guard values.allSatisfy(\.isFinite) else { throw stored.error("values that are NaN or infinite") }
      if stored.mayBeWidenedCodes,
        let codes = TernaryCodes(exactly: UnsafeBufferPointer(values), rows: stored.rows, columns: stored.columns)
      {
        return codes
      }
      let matrix = TernaryMatrix(
        quantizing: storage.elements(of: Float.self), rows: stored.rows, columns: stored.columns,
        configuration: numerics)
      guard matrix.gamma.isFinite else {
        let largest = values.reduce(0) { max($0, $1.magnitude) }
        throw stored.error("values up to \(largest), for which there is no finite scale")
      }
      return TernaryCodes(matrix)
    }
  }

  /// Whether a matrix is stored as codes, from which no masters come back.
  package func holdsCodesAlone(_ parameter: ModelParameter) throws -> Bool {
    try withStored(parameter) { $0.isTernary }
  }
}
