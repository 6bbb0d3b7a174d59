import Architectures
import FileFormats
import Foundation
import Kernels

extension RuntimeModel {
  /// Loads and quantises the weights of a checkpoint or Hugging Face folder.
  /// - Throws: `FileError`, `ArchitectureError`, `SafetensorsError`, `ModelFolderError`.
  public convenience init(folder url: URL) throws { try self.init(ModelFolder(url)) }

  /// Loads a GGUF file.
  /// - Throws: `GGUFError`, `ArchitectureError`, `StoredTensorError`.
  public convenience init(gguf file: GGUFFile) throws { try self.init(GGUFModel(file)) }

  /// Loads a stored model. Tensors are repacked once for the kernels, one after the other: what is resident stays about the
  /// size of the file.
  /// - Parameters:
  ///   - adapter: one that was checked against the model.
  ///   - rows: whether one sequence is continued at a time or several.
  /// - Throws: `StoredTensorError`; what reading throws.
  public convenience init(
    _ weights: any ModelWeights, adapter: LoRAAdapter? = nil, expecting rows: ExpectedRows = .one
  ) throws {
    let architecture = weights.architecture
    let reader = WeightReader(weights: weights, adapter: adapter, rows: rows)
    let layers = try (0..<architecture.hiddenLayerCount).map { try reader.layer($0) }
    let embedding = try reader.table(.embedding)
    try self.init(
      architecture: architecture, embedding: embedding, layers: layers, finalNorm: reader.norm(.finalNorm),
      head: architecture.tieWordEmbeddings ? embedding : reader.table(.head))
    // The float32 copies that the codes were made from.
    BufferPool.current.trim()
  }
}

/// Turns stored tensors into runtime weights.
private struct WeightReader {
  private let weights: any ModelWeights
  private let adapter: LoRAAdapter?
  private let rows: ExpectedRows
  private let parameters: [Place: ModelParameter]

  private struct Place: Hashable {
    let role: ModelParameter.Role
    let layer: Int?
  }

  init(weights: any ModelWeights, adapter: LoRAAdapter?, rows: ExpectedRows) {
    self.weights = weights
    self.adapter = adapter
    self.rows = rows
    parameters = Dictionary(
      uniqueKeysWithValues: weights.architecture.parameters.map { (Place(role: $0.role, layer: $0.layer), $0) })
  }

  func layer(_ index: Int) throws -> RuntimeLayer {
    RuntimeLayer(
      inputNorm: try optionalNorm(.inputNorm, index), query: try projection(.query, index),
      key: try projection(.key, index), value: try projection(.value, index),
      queryNorm: try optionalNorm(.queryNorm, index), keyNorm: try optionalNorm(.keyNorm, index),
      attentionSubNorm: try optionalNorm(.attentionSubNorm, index), output: try projection(.output, index),
      attentionOutputNorm: try optionalNorm(.attentionOutputNorm, index),
      postAttentionNorm: try optionalNorm(.postAttentionNorm, index), gate: try projection(.gate, index),
      up: try projection(.up, index), feedForwardSubNorm: try optionalNorm(.feedForwardSubNorm, index),
      down: try projection(.down, index),
      feedForwardOutputNorm: try optionalNorm(.feedForwardOutputNorm, index),
      activation: weights.architecture.hiddenActivation)
  }

  func norm(_ role: ModelParameter.Role, _ layer: Int? = nil) throws -> NormGain {
    NormGain(
      try weights.floats(of: parameter(role, layer)), epsilon: Float(weights.architecture.epsilon(of: role)))
  }

  private func optionalNorm(_ role: ModelParameter.Role, _ layer: Int) throws -> NormGain? {
    parameters[Place(role: role, layer: layer)] == nil ? nil : try norm(role, layer)
  }

  private func parameter(_ role: ModelParameter.Role, _ layer: Int?) -> ModelParameter {
    guard let parameter = parameters[Place(role: role, layer: layer)] else {
      preconditionFailure("the architecture has no \(role)")
    }
    return parameter
  }

  func table(_ role: ModelParameter.Role) throws -> StoredMatrix {
    try weights.withStored(parameter(role, nil)) { try StoredMatrix.loaded($0) }
  }

  // MARK: - Linear layers

  private func projection(_ projection: Projection, _ layer: Int) throws -> any WeightMatrix {
    let parameter = parameter(.matrix(projection), layer)
    var matrix = try product(parameter)
    if let bias = parameters[Place(role: .bias(projection), layer: layer)] {
      matrix = BiasedMatrix(matrix, bias: try weights.floats(of: bias))
    }
    if let norm = try optionalNorm(.projectionNorm(projection), layer) {
      matrix = NormalizedMatrix(matrix, norm: norm)
    }
    guard let adapter, adapter.configuration.placement == .beside, let factors = adapter.factors[parameter.name]
    else { return matrix }
    return try AdaptedMatrix(matrix, factors, of: adapter, on: weights.architecture)
  }

  private func product(_ parameter: ModelParameter) throws -> any WeightMatrix {
    if let adapter, adapter.configuration.placement == .inside, let factors = adapter.factors[parameter.name] {
      return try merged(parameter, factors, adapter)
    }
    guard weights.architecture.isQuantized(parameter) else {
      return try weights.withStored(parameter) { try StoredMatrix.loaded($0) }
    }
    // Straight from the bytes of the file, where the type is one that is repacked without a detour.
    let packed = try weights.withStored(parameter) { try PackedMatrix(directly: $0, expecting: rows) }
    if let packed { return packed }
    let codes = try weights.codes(of: parameter)
    return PackedMatrix.holds(columns: codes.columns)
      ? try PackedMatrix(codes, layout: rows.layout) : TernaryMatrix(codes)
  }

  /// Masters with an adapter inside the quantiser, rounded as they are stored.
  private func merged(
    _ parameter: ModelParameter, _ factors: LoRAAdapter.Factors, _ adapter: LoRAAdapter
  ) throws -> any WeightMatrix {
    var values = try weights.floats(of: parameter)
    let isRounded = try weights.withStored(parameter) { $0.encoding == .floats(.bfloat16) }
    let (a, b) = (try adapter.a(factors), try adapter.b(factors, on: weights.architecture))
    return values.withUnsafeMutableBufferPointer { values -> any WeightMatrix in
      guard let start = values.baseAddress else { preconditionFailure("\(parameter.name) is empty") }
      LowRankSum.add(
        a: a, b: b, rank: factors.rank, scale: factors.scale, to: start, rows: factors.outputs, columns: factors.inputs)
      if isRounded { for index in values.indices { values[index] = BFloat16(values[index]).floatValue } }
      guard let numerics = weights.architecture.numerics(of: parameter) else {
        return StoredMatrix(
          UnsafeRawBufferPointer(values), format: .float32, rows: factors.outputs, columns: factors.inputs)
      }
      return TernaryMatrix(
        quantizing: start, rows: factors.outputs, columns: factors.inputs, configuration: numerics)
    }
  }
}

extension PackedMatrix {
  /// nil where codes have to be decoded first.
  fileprivate convenience init?(directly stored: StoredTensor, expecting rows: ExpectedRows) throws {
    guard Self.holds(columns: stored.columns) else { return nil }
    do {
      switch stored.encoding {
      case .ternary(.i2_s, let layout):
        try self.init(
          stored.bytes, i2sLayout: layout, rows: stored.rows, columns: stored.columns, scale: stored.scale,
          layout: rows.layout)
      case .packedHuggingFace:
        try self.init(
          huggingFacePacked: stored.bytes, rows: stored.rows, columns: stored.columns, scale: stored.scale,
          layout: rows.layout)
      default: return nil
      }
    } catch let problem as PackedTernaryError {
      throw stored.error("\(problem)")
    }
  }
}

extension StoredMatrix {
  /// Real numbers as they are stored, where the kernels multiply that format.
  fileprivate static func loaded(_ stored: StoredTensor) throws -> StoredMatrix {
    if case .floats(let format) = stored.encoding, stored.scale == 1, stored.columns.isMultiple(of: format.blockSize) {
      return StoredMatrix(
        stored.bytes, format: format, rows: stored.rows, columns: stored.columns, done: stored.giveBack)
    }
    if case .blocks = stored.encoding { return try stored.halved() }
    return try stored.floats().withUnsafeBytes {
      StoredMatrix($0, format: .float32, rows: stored.rows, columns: stored.columns)
    }
  }
}

extension StoredTensor {
  /// Numbers of a format that the kernels do not multiply, in 16 bits: float16, whose digits are those of the blocks'
  /// scales and then some, or bfloat16 where a number is beyond its range.
  fileprivate func halved() throws -> StoredMatrix {
    let together = max(1, (1 << 20) / max(1, columns))
    func matrix(_ format: StoredFloatFormat, _ largest: Float) throws -> StoredMatrix? {
      let storage = Storage(byteCount: 2 * elementCount)
      for first in stride(from: 0, to: rows, by: together) {
        let values = try floats(first..<min(first + together, rows))
        guard values.allSatisfy({ $0.magnitude <= largest }) else { return nil }
        (storage.pointer + 2 * first * columns).copyMemory(
          from: values.withUnsafeBufferPointer(format.encode), byteCount: 2 * values.count)
      }
      return withExtendedLifetime(storage) {
        StoredMatrix(
          UnsafeRawBufferPointer(start: storage.pointer, count: 2 * elementCount), format: format, rows: rows,
          columns: columns)
      }
    }
    if let halves = try matrix(.float16, 65_504) ?? matrix(.bfloat16, .greatestFiniteMagnitude) { return halves }
    throw error("values that are NaN or infinite")
  }
}
