import Kernels
import ModelFormats

extension RuntimeModel {
  /// Loads a GGUF file; its codes are repacked for the kernels.
  /// - Throws: `GGUFError`, `ModelConfigurationError`.
  public convenience init(gguf file: GGUFFile) throws {
    let configuration = try ModelConfiguration(gguf: file)
    let reader = GGUFWeightReader(file: file, configuration: configuration)
    let layers = try (0..<configuration.hiddenLayerCount).map { try reader.layer($0) }
    try self.init(
      configuration: configuration, embedding: reader.embedding(), layers: layers,
      finalNorm: reader.norm("output_norm"),
      head: reader.panels(configuration.tieWordEmbeddings ? "token_embd" : "output"))
    BufferPool.current.trim()
  }
}

/// Turns the tensors of a file, checked for presence and shape, into runtime weights.
private struct GGUFWeightReader {
  let file: GGUFFile
  let configuration: ModelConfiguration

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
      activation: configuration.hiddenActivation == .relu2 ? .squaredReLU : .silu)
  }

  func norm(_ module: String) throws -> NormGain {
    NormGain(try file.floats(of: "\(module).weight"), epsilon: Float(configuration.rmsNormEpsilon))
  }

  func embedding() throws -> EmbeddingTable {
    let tensor = try file.tensor("token_embd.weight")
    func table(_ format: EmbeddingTable.Format, _ bytes: UnsafeRawBufferPointer) -> EmbeddingTable {
      EmbeddingTable(vocabularySize: tensor.rows, width: tensor.columns, format: format, bytes: bytes)
    }
    switch tensor.type {
    case .bfloat16: return file.withBytes(of: tensor) { table(.bfloat16, $0) }
    case .float32: return file.withBytes(of: tensor) { table(.float32, $0) }
    default: return try file.floats(of: tensor.name).withUnsafeBytes { table(.float32, $0) }
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
    guard configuration.bitLinear.weightQuantization != .none else {
      return try panels(String(parameter.ggufName.dropLast(".weight".count)))
    }
    return TernaryMatrix(try file.codes(of: parameter, numerics: configuration.bitLinear))
  }
}
