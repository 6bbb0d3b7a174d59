import Architectures
import Autograd
import Kernels
import Layers

extension Decoder {
  /// The model with more tokens: embedding and head get a row for each, drawn around the mean of the rows that are there
  /// with their standard deviation, so that new tokens are neither likely nor unlikely.
  /// - Parameters:
  ///   - count: new tokens, whose ids follow the others.
  ///   - seed: of the new rows.
  public func addingTokens(_ count: Int, seed: UInt64) -> Decoder {
    guard count > 0 else { return self }
    var architecture = architecture
    architecture.vocabularySize += count
    let weights = weightsByName()
    return Decoder(architecture) { parameter in
      guard let weight = weights[parameter.name] else { preconditionFailure("\(parameter.name) has no weight") }
      guard parameter.isTable else { return weight }
      let isHead = parameter.role == .head
      switch weight {
      case .masters(let table):
        return .masters(
          Parameter(adopting: table.value.appendingRows(count, seed: seed, isHead: isHead), role: .embedding))
      case .table(let table):
        return .table(FrozenTable(table.matrix.appendingRows(count, seed: seed, isHead: isHead)))
      case .codes: preconditionFailure("\(parameter.name) is no table")
      }
    }
  }

  /// The same parameters as a model of another architecture, which has more norms.
  /// - Parameter gains: of those, by name.
  package func extended(to architecture: Architecture, gains: [String: [Float]]) -> Decoder {
    let weights = weightsByName()
    return Decoder(architecture) { parameter in
      if let gain = gains[parameter.name] { return .masters(Parameter(Tensor(gain, shape: [gain.count]), role: .norm)) }
      guard let weight = weights[parameter.name] else { preconditionFailure("\(parameter.name) has no weight") }
      return weight
    }
  }

  /// Every parameter of the architecture, by name.
  func weightsByName() -> [String: DecoderWeight] {
    var weights = namedParameters.reduce(into: [String: DecoderWeight]()) { $0[$1.name] = .masters($1.parameter) }
    forEachLinearLayer { name, layer in
      if case .codes(let codes) = layer.weight { weights[name + ".weight"] = .codes(codes) }
    }
    if case .frozen(let table) = embeddingTable { weights["model.embed_tokens.weight"] = .table(table) }
    if case .frozen(let table) = separateHead { weights["lm_head.weight"] = .table(table) }
    return weights
  }
}

/// New rows of a table, around the mean of the others.
private struct NewRows {
  let values: [Float]

  /// - Parameter row: writes a row of the table.
  init(
    _ count: Int, seed: UInt64, isHead: Bool, rows: Int, width: Int,
    row: (Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    var buffer = [Float](repeating: 0, count: width)
    var means = buffer
    for index in 0..<rows {
      buffer.withUnsafeMutableBufferPointer { row(index, $0) }
      for column in 0..<width { means[column] += buffer[column] / Float(rows) }
    }
    var squares = 0.0
    for index in 0..<rows {
      buffer.withUnsafeMutableBufferPointer { row(index, $0) }
      for column in 0..<width {
        let difference = Double(buffer[column] - means[column])
        squares += difference * difference
      }
    }
    let deviation = Float((squares / Double(max(1, rows * width))).squareRoot())
    var initialization = WeightInitialization(
      seed: seed, standardDeviation: deviation, firstStream: 1 << 52 | (isHead ? 1 : 0))
    let noise = initialization.normal([count, width]).value.scalars
    values = noise.enumerated().map { means[$0 % width] + $1 }
  }
}

extension Tensor {
  /// Rows from N(mean of the column, standard deviation of all elements²), in this tensor's data type.
  fileprivate func appendingRows(_ count: Int, seed: UInt64, isHead: Bool) -> Tensor {
    let (rows, width, old) = (shape[0], shape[1], scalars)
    let new = NewRows(count, seed: seed, isHead: isHead, rows: rows, width: width) { row, destination in
      for column in 0..<width { destination[column] = old[row * width + column] }
    }
    let all = Tensor(old + new.values, shape: [rows + count, width])
    return dataType == .bfloat16 ? all.bfloat16 : all
  }
}

extension StoredMatrix {
  fileprivate func appendingRows(_ count: Int, seed: UInt64, isHead: Bool) -> StoredMatrix {
    let new = NewRows(count, seed: seed, isHead: isHead, rows: rows, width: columns) { row, destination in
      if let start = destination.baseAddress { copyRow(row, into: start) }
    }
    return appending(new.values)
  }
}
