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
}

extension GGUFFile {
  /// The codes and the scale of a ternary tensor, as they are stored; a separate `.scale` tensor is not looked for.
  /// - Throws: `GGUFError` for codes and scales that are none.
  package func ternaryCodes(of tensor: GGUFTensor) throws -> TernaryCodes {
    guard let format = tensor.type.packedTernary else {
      throw error(.invalidTensor(name: tensor.name, "\(tensor.type.name) has no ternary codes"))
    }
    do {
      return try withBytes(of: tensor) { try format.decode($0, rows: tensor.rows, columns: tensor.columns) }
    } catch let problem as PackedTernaryError {
      throw error(.invalidTensor(name: tensor.name, "\(problem)"))
    }
  }

  /// The elements of a tensor of any type, row-major.
  /// - Throws: `GGUFError` for codes and scales that are none.
  public func floats(of name: String) throws -> [Float] {
    let tensor = try tensor(name)
    guard let format = tensor.type.storedFloats else {
      let matrix = try ternaryCodes(of: tensor)
      return matrix.codes.map { Float($0) * matrix.scale }
    }
    return [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
      let destination = UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.elementCount])
      withBytes(of: tensor) { format.decode($0, into: destination) }
      count = tensor.elementCount
    }
  }
}
