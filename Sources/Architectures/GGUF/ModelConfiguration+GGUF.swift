import FileFormats
import Kernels

/// The architectures of BitNet models in GGUF files; the raw value also prefixes their metadata keys.
public enum GGUFArchitecture: String, CaseIterable, Sendable {
  /// SiLU feed-forward: llama.cpp and what builds on it.
  case bitnet
  /// Squared ReLU feed-forward: bitnet.cpp, ik_llama.cpp.
  case bitnetB158 = "bitnet-b1.58"
  /// The earlier name of `bitnet-b1.58`.
  case bitnet25 = "bitnet-25"

  public var hiddenActivation: Activation {
    switch self {
    case .bitnet: .silu
    case .bitnetB158, .bitnet25: .relu2
    }
  }

  /// The architecture that other programs compute a model of this activation with; nil: none does.
  public init?(_ activation: Activation) {
    guard let found = Self.allCases.first(where: { $0.hiddenActivation == activation }) else { return nil }
    self = found
  }
}

extension ModelConfiguration {
  package static let ggufQuantizationKey = "swift_bitnet.weight_quant"
  package static let ggufScaleKey = "swift_bitnet.scale_dtype"

  /// The configuration in the metadata of a GGUF file.
  /// - Throws: `GGUFError`; `ModelConfigurationError` for shapes that no model has, and for other architectures.
  public init(gguf file: GGUFFile) throws {
    let name = try file.string("general.architecture")
    guard let architecture = GGUFArchitecture(rawValue: name) else {
      throw ModelConfigurationError(
        path: file.url.path,
        problems: [
          "general.architecture is \"\(name)\", expected "
            + GGUFArchitecture.allCases.map(\.rawValue).joined(separator: ", ")
        ])
    }
    func optional<Value>(_ key: String, _ read: (String) throws -> Value, _ fallback: Value) throws -> Value {
      file.metadata[key] == nil ? fallback : try read(key)
    }
    let heads = try file.uint32("\(name).attention.head_count")
    let embedding = try file.tensor("token_embd.weight")
    self.init(
      vocabularySize: embedding.rows,
      hiddenSize: try file.uint32("\(name).embedding_length"),
      hiddenLayerCount: try file.uint32("\(name).block_count"),
      attentionHeadCount: heads,
      keyValueHeadCount: try optional("\(name).attention.head_count_kv", file.uint32, heads),
      intermediateSize: try file.uint32("\(name).feed_forward_length"),
      hiddenActivation: architecture.hiddenActivation,
      tieWordEmbeddings: file["output.weight"] == nil,
      ropeTheta: try optional("\(name).rope.freq_base", file.float32, 10_000).decimalValue,
      rmsNormEpsilon: try file.float32("\(name).attention.layer_norm_rms_epsilon").decimalValue,
      maximumPositionEmbeddings: try file.uint32("\(name).context_length"),
      bitLinear: try Self.numerics(file),
      beginningOfSequenceTokenID: try Self.tokenID("bos", file), endOfSequenceTokenID: try Self.tokenID("eos", file),
      paddingTokenID: try Self.tokenID("padding", file))
    let problems = problems + layoutProblems(file, name)
    guard problems.isEmpty else { throw ModelConfigurationError(path: file.url.path, problems: problems) }
  }

  /// What other trainers do not say is the published recipe: ternary weights, scales as they come.
  private static func numerics(_ file: GGUFFile) throws -> BitLinearConfiguration {
    func choice<Value: RawRepresentable & CaseIterable>(_ key: String, _ fallback: Value) throws -> Value
    where Value.RawValue == String {
      guard file.metadata[key] != nil else { return fallback }
      let text = try file.string(key)
      guard let value = Value(rawValue: text) else {
        let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
        throw file.error(.invalidValue(key: key, "\"\(text)\", expected one of \(known)"))
      }
      return value
    }
    return BitLinearConfiguration(
      weightQuantization: try choice(ggufQuantizationKey, .absmean),
      scaleDataType: try choice(ggufScaleKey, .float32))
  }

  private static func tokenID(_ name: String, _ file: GGUFFile) throws -> Int? {
    let key = "tokenizer.ggml.\(name)_token_id"
    return file.metadata[key] == nil ? nil : try file.uint32(key)
  }

  /// Keys whose only value that is computed here is the one that the shapes imply, and tensors that differ.
  private func layoutProblems(_ file: GGUFFile, _ name: String) -> [String] {
    guard problems.isEmpty else { return [] }
    var found: [String] = []
    for key in ["rope.dimension_count", "attention.key_length", "attention.value_length"] {
      if let value = file.metadata["\(name).\(key)"], value.integerValue != headDimension {
        found.append("\(name).\(key) is not the head dimension \(headDimension)")
      }
    }
    if let scaling = file.metadata["\(name).rope.scaling.type"], scaling != .string("none") {
      found.append("\(name).rope.scaling.type is set; scaled rotary positions are not computed here")
    }
    if case .array(let tokens)? = file.metadata["tokenizer.ggml.tokens"], tokens.count != vocabularySize {
      found.append("tokenizer.ggml.tokens has \(tokens.count) entries for an embedding of \(vocabularySize) rows")
    }
    return found + tensorProblems(file, name)
  }

  private func tensorProblems(_ file: GGUFFile, _ architecture: String) -> [String] {
    var found: [String] = []
    var expected: Set<String> = []
    for parameter in parameters {
      expected.insert(parameter.ggufName)
      guard let tensor = file[parameter.ggufName] else {
        found.append("\(parameter.ggufName) is missing (shape \(parameter.shape))")
        continue
      }
      if tensor.shape != parameter.shape {
        found.append("\(tensor.name) has the shape \(tensor.shape), the metadata makes it \(parameter.shape)")
      }
      if tensor.type.isTernary && !parameter.kind.isQuantized || parameter.kind == .norm && tensor.type == .q8_0 {
        found.append("\(tensor.name) is \(tensor.type.name), which only matrices of the layers can be")
      }
      guard parameter.kind.isQuantized, let scale = file[parameter.ggufScaleName] else { continue }
      expected.insert(scale.name)
      if scale.elementCount != 1 || scale.type != .float32 { found.append("\(scale.name) is not one F32 number") }
    }
    found += file.tensors.filter { !expected.contains($0.name) }.map {
      "\($0.name) does not belong to the architecture \(architecture)"
    }
    return found
  }
}

extension Float {
  /// The double with the shortest decimal spelling of this number: 1e-5 comes back as 1e-5.
  fileprivate var decimalValue: Double { Double("\(self)") ?? Double(self) }
}
