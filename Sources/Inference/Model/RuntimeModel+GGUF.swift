import Architectures
import FileFormats
import Kernels

extension RuntimeModel {
  /// Loads a GGUF file. Tensors are repacked once for the kernels, and their pages of the mapped file given back: what is
  /// resident stays the size of the file.
  /// - Parameter adapter: one beside the quantiser, checked against the file's configuration.
  /// - Throws: `GGUFError`, `ModelConfigurationError`.
  public convenience init(gguf file: GGUFFile, adapter: LoRAAdapter? = nil) throws {
    require(adapter?.configuration.placement != .inside, "packed codes have no masters to merge an adapter into")
    let configuration = try ModelConfiguration(gguf: file)
    let reader = GGUFWeightReader(file: file, configuration: configuration, adapter: adapter)
    let layers = try (0..<configuration.hiddenLayerCount).map { try reader.layer($0) }
    let embedding = try reader.table("token_embd")
    try self.init(
      configuration: configuration, embedding: embedding, layers: layers,
      finalNorm: reader.norm("output_norm"),
      head: configuration.tieWordEmbeddings ? embedding : reader.table("output"))
    BufferPool.current.trim()
  }
}

/// Turns the tensors of a file, checked for presence and shape, into runtime weights.
private struct GGUFWeightReader {
  let file: GGUFFile
  let configuration: ModelConfiguration
  let adapter: LoRAAdapter?

  func layer(_ index: Int) throws -> RuntimeLayer {
    let name = "blk.\(index)"
    return RuntimeLayer(
      inputNorm: try norm("\(name).attn_norm"),
      query: try projection(index, .query), key: try projection(index, .key), value: try projection(index, .value),
      attentionSubNorm: try norm("\(name).attn_sub_norm"),
      output: try projection(index, .output),
      postAttentionNorm: try norm("\(name).ffn_norm"),
      gate: try projection(index, .gate), up: try projection(index, .up),
      feedForwardSubNorm: try norm("\(name).ffn_sub_norm"),
      down: try projection(index, .down),
      activation: configuration.hiddenActivation)
  }

  func norm(_ module: String) throws -> NormGain {
    NormGain(try file.floats(of: "\(module).weight"), epsilon: Float(configuration.rmsNormEpsilon))
  }

  func table(_ module: String) throws -> StoredMatrix {
    let tensor = try file.tensor("\(module).weight")
    guard let format = tensor.type.storedFloats else {
      return try file.floats(of: tensor.name).withUnsafeBytes {
        StoredMatrix($0, format: .float32, rows: tensor.rows, columns: tensor.columns)
      }
    }
    return file.withBytes(of: tensor) { bytes in
      StoredMatrix(bytes, format: format, rows: tensor.rows, columns: tensor.columns) {
        file.release(tensor, bytes: $0)
      }
    }
  }

  func panels(_ module: String) throws -> PanelMatrix {
    let tensor = try file.tensor("\(module).weight")
    return try file.floats(of: tensor.name).withUnsafeBufferPointer { values in
      guard let weights = values.baseAddress else { throw file.error(.invalidTensor(name: tensor.name, "empty")) }
      return PanelMatrix(weights, rows: tensor.rows, columns: tensor.columns)
    }
  }

  private func projection(_ layer: Int, _ kind: ModelParameter.Kind) throws -> any WeightMatrix {
    guard let parameter = configuration.parameters(ofLayer: layer).first(where: { $0.kind == kind }) else {
      throw file.error(.noSuchTensor("blk.\(layer) \(kind.rawValue)"))
    }
    let base = try baseProjection(parameter)
    guard let adapter, let factors = adapter.factors[parameter.name] else { return base }
    return try AdaptedMatrix(base, factors, of: adapter)
  }

  private func baseProjection(_ parameter: ModelParameter) throws -> any WeightMatrix {
    guard configuration.bitLinear.weightQuantization != .none else {
      return try panels(String(parameter.ggufName.dropLast(".weight".count)))
    }
    let tensor = try file.tensor(parameter.ggufName)
    // What is repacked takes the place of what lies in the file.
    defer { file.release(tensor) }
    if let matrix = try packed(parameter, tensor) { return matrix }
    let codes = try file.codes(of: parameter, numerics: configuration.bitLinear)
    return PackedMatrix.holds(columns: codes.columns) ? try PackedMatrix(codes) : TernaryMatrix(codes)
  }

  /// The matrix straight from the bytes of the file, where the type is the one that is repacked without a detour.
  private func packed(_ parameter: ModelParameter, _ tensor: GGUFTensor) throws -> PackedMatrix? {
    guard tensor.type == .i2_s else { return nil }
    let scale = try file[parameter.ggufScaleName].map { try file.floats(of: $0.name)[0] } ?? 1
    guard scale.isFinite, scale >= 0 else {
      throw file.error(
        .invalidTensor(name: parameter.ggufScaleName, "the scale \(scale), expected a finite number ≥ 0"))
    }
    do {
      return try file.withBytes(of: tensor) {
        try PackedMatrix($0, rows: tensor.rows, columns: tensor.columns, scale: scale)
      }
    } catch let problem as PackedTernaryError {
      throw file.error(.invalidTensor(name: tensor.name, "\(problem)"))
    }
  }
}
