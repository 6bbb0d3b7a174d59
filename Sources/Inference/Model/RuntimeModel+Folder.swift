import Architectures
import FileFormats
import Foundation
import Kernels

extension RuntimeModel {
  /// Loads and quantises the weights of a checkpoint or Hugging Face folder.
  /// - Throws: `FileError`, `ModelConfigurationError`, `SafetensorsError`, `ModelFolderError`.
  public convenience init(folder url: URL) throws {
    try self.init(folder: ModelFolder(url))
  }

  /// Loads and quantises the weights of an open folder.
  /// - Parameter adapter: one that was checked against the folder's configuration.
  /// - Throws: `SafetensorsError`.
  public convenience init(folder: ModelFolder, adapter: LoRAAdapter? = nil) throws {
    let configuration = folder.configuration
    let reader = FolderWeightReader(folder, adapter)
    // Stored bytes are lent as long as the folder lives.
    defer { withExtendedLifetime(folder) {} }
    let layers = try (0..<configuration.hiddenLayerCount).map { try reader.layer($0) }
    let embedding = try reader.embedding("model.embed_tokens.weight")
    try self.init(
      configuration: configuration, embedding: embedding, layers: layers,
      finalNorm: reader.norm("model.norm"),
      head: configuration.tieWordEmbeddings ? embedding : reader.embedding("lm_head.weight"))
    // The float32 copies that the codes were made from.
    BufferPool.current.trim()
  }
}

/// Turns the stored tensors of a folder, checked for presence and shape when it was opened, into runtime weights.
private struct FolderWeightReader {
  let folder: ModelFolder
  let adapter: LoRAAdapter?
  let configuration: ModelConfiguration

  init(_ folder: ModelFolder, _ adapter: LoRAAdapter?) {
    self.folder = folder
    self.adapter = adapter
    configuration = folder.configuration
  }

  func layer(_ index: Int) throws -> RuntimeLayer {
    let name = "model.layers.\(index)"
    return RuntimeLayer(
      inputNorm: try norm("\(name).input_layernorm"),
      query: try projection("\(name).self_attn.q_proj"),
      key: try projection("\(name).self_attn.k_proj"),
      value: try projection("\(name).self_attn.v_proj"),
      attentionSubNorm: try norm("\(name).self_attn.attn_sub_norm"),
      output: try projection("\(name).self_attn.o_proj"),
      postAttentionNorm: try norm("\(name).post_attention_layernorm"),
      gate: try projection("\(name).mlp.gate_proj"),
      up: try projection("\(name).mlp.up_proj"),
      feedForwardSubNorm: try norm("\(name).mlp.ffn_sub_norm"),
      down: try projection("\(name).mlp.down_proj"),
      activation: configuration.hiddenActivation)
  }

  func norm(_ module: String) throws -> NormGain {
    NormGain(try folder.values(of: "\(module).weight"), epsilon: Float(configuration.rmsNormEpsilon))
  }

  func embedding(_ name: String) throws -> StoredMatrix {
    let tensor = try folder.tensor(name)
    defer { try? folder.release(name) }
    func table(_ format: StoredFloatFormat, _ bytes: UnsafeRawBufferPointer) -> StoredMatrix {
      StoredMatrix(bytes, format: format, rows: tensor.shape[0], columns: tensor.shape[1])
    }
    switch tensor.dataType {
    case .bfloat16: return try table(.bfloat16, folder.bytes(of: name))
    case .float16: return try table(.float16, folder.bytes(of: name))
    case .float32: return try table(.float32, folder.bytes(of: name))
    default: return try folder.values(of: name).withUnsafeBytes { table(.float32, $0) }
    }
  }

  func panels(_ name: String) throws -> PanelMatrix {
    try withFloats(name) { PanelMatrix($0, rows: $1, columns: $2) }
  }

  private func projection(_ module: String) throws -> any WeightMatrix {
    let base = try baseProjection(module)
    guard let adapter, adapter.configuration.placement == .beside, let factors = adapter.factors["\(module).weight"]
    else { return base }
    return try AdaptedMatrix(base, factors, of: adapter)
  }

  private func baseProjection(_ module: String) throws -> any WeightMatrix {
    let (name, numerics) = ("\(module).weight", configuration.bitLinear)
    guard numerics.weightQuantization != .none else { return try panels(name) }
    let matrix = try withFloats(name) {
      TernaryMatrix(quantizing: $0, rows: $1, columns: $2, configuration: numerics)
    }
    return PackedMatrix.holds(columns: matrix.columns) ? try PackedMatrix(TernaryCodes(matrix)) : matrix
  }

  /// Adds the adapter inside the quantiser, if there is one, rounded as the stored weight is.
  private func merge(_ name: String, into values: UnsafeMutablePointer<Float>, _ tensor: SafetensorsTensor) throws {
    guard let adapter, adapter.configuration.placement == .inside, let factors = adapter.factors[name] else { return }
    let (a, b) = (try adapter.a(factors), try adapter.b(factors))
    LowRankSum.add(
      a: a, b: b, rank: factors.rank, scale: factors.scale, to: values, rows: factors.outputs, columns: factors.inputs)
    guard tensor.dataType == .bfloat16 else { return }
    for index in 0..<tensor.elementCount { values[index] = BFloat16(values[index]).floatValue }
  }

  private func withFloats<Result>(
    _ name: String, _ body: (_ values: UnsafePointer<Float>, _ rows: Int, _ columns: Int) -> Result
  ) throws -> Result {
    let tensor = try folder.tensor(name)
    let storage = Storage(byteCount: tensor.elementCount * 4)
    let values = storage.elements(of: Float.self)
    try folder.readValues(
      of: name, into: UnsafeMutableBufferPointer(start: values, count: tensor.elementCount))
    try folder.release(name)
    try merge(name, into: values, tensor)
    return withExtendedLifetime(storage) { body(values, tensor.shape[0], tensor.shape[1]) }
  }
}
