import FileFormats
import Kernels

extension Architecture {
  package static let ggufQuantizationKey = "swift_bitnet.weight_quant"
  package static let ggufScaleKey = "swift_bitnet.scale_dtype"

  /// The architecture in the metadata of a GGUF file.
  /// - Throws: `GGUFError`; `ArchitectureError` for shapes that no model has, and for other architectures.
  public init(gguf file: GGUFFile) throws {
    let name = try file.string("general.architecture")
    guard let named = GGUFArchitecture(rawValue: name) else {
      throw ArchitectureError(
        path: file.url.path,
        problems: [
          "general.architecture is \"\(name.printable())\", expected "
            + GGUFArchitecture.allCases.map(\.rawValue).joined(separator: ", ")
        ])
    }
    let keys = GGUFKeys(file: file, prefix: name)
    let (hidden, heads) = (try keys.integer("embedding_length"), try keys.integer("attention.head_count"))
    let headDimension = try keys.integer("attention.key_length", default: hidden / max(1, heads))
    self.init(
      vocabularySize: try file.tensor("token_embd.weight").rows,
      hiddenSize: hidden,
      hiddenLayerCount: try keys.integer("block_count"),
      attentionHeadCount: heads,
      keyValueHeadCount: try keys.integer("attention.head_count_kv", default: heads),
      headDimension: headDimension,
      intermediateSize: try keys.integer("feed_forward_length"),
      hiddenActivation: named.hiddenActivation,
      subNorms: named.isTernary ? .bitnet : file["blk.0.attn_q_norm_in.weight"] != nil ? .projection : .none,
      biases: Set(Projection.allCases.filter { file["blk.0.\($0.ggufModule).bias"] != nil }),
      normalizesHeads: named == .qwen3,
      tieWordEmbeddings: file["output.weight"] == nil,
      ropeTheta: try keys.float("rope.freq_base", default: 10_000).decimalValue,
      ropeScaling: try keys.ropeScaling(headDimension: headDimension),
      rmsNormEpsilon: try keys.float("attention.layer_norm_rms_epsilon").decimalValue,
      maximumPositionEmbeddings: try keys.integer("context_length"),
      beginningOfSequenceTokenID: try keys.tokenID("bos"), endOfSequenceTokenID: try keys.tokenID("eos"),
      paddingTokenID: try keys.tokenID("padding"))
    guard problems.isEmpty else { throw ArchitectureError(path: file.url.path, problems: problems) }
    bitLinear = try keys.numerics(hasTernaryTensors: hasTernaryMatrix(file), named)
    if bitLinear.weightQuantization.isQuantizing, !named.isTernary, file.metadata[Self.ggufQuantizationKey] == nil {
      fullPrecisionModules = modulesOfRealNumbers(file)
    }
    let problems = GGUFLayout(file, self, named).problems
    guard problems.isEmpty else { throw ArchitectureError(path: file.url.path, problems: problems) }
  }

  private func hasTernaryMatrix(_ file: GGUFFile) -> Bool {
    parameters.contains { $0.projection != nil && file[$0.ggufName]?.type.isTernary == true }
  }

  /// Linear layers that a file of otherwise ternary ones keeps as real numbers.
  private func modulesOfRealNumbers(_ file: GGUFFile) -> Set<String> {
    Set(
      parameters.filter { $0.projection != nil && file[$0.ggufName]?.type.isTernary == false }.map(\.module))
  }
}

/// The metadata of one architecture.
private struct GGUFKeys {
  let file: GGUFFile
  let prefix: String

  func integer(_ key: String) throws -> Int { try file.uint32("\(prefix).\(key)") }

  func integer(_ key: String, default fallback: Int) throws -> Int {
    file.metadata["\(prefix).\(key)"] == nil ? fallback : try integer(key)
  }

  func float(_ key: String) throws -> Float { try file.float32("\(prefix).\(key)") }

  func float(_ key: String, default fallback: Float) throws -> Float {
    file.metadata["\(prefix).\(key)"] == nil ? fallback : try float(key)
  }

  func tokenID(_ name: String) throws -> Int? {
    let key = "tokenizer.ggml.\(name)_token_id"
    return file.metadata[key] == nil ? nil : try file.uint32(key)
  }

  /// What other trainers do not say is the published recipe: ternary weights, scales as they come.
  func numerics(hasTernaryTensors: Bool, _ named: GGUFArchitecture) throws -> BitLinearConfiguration {
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
      weightQuantization: try choice(
        Architecture.ggufQuantizationKey, named.isTernary || hasTernaryTensors ? .absmean : .none),
      scaleDataType: try choice(Architecture.ggufScaleKey, .float32))
  }

  /// Linear scaling has a key; the factors of Llama 3 are a tensor.
  func ropeScaling(headDimension: Int) throws -> RotaryScaling {
    if let tensor = file[RotaryScaling.ggufTensor] {
      let factors = try file.floats(of: tensor.name)
      return RotaryScaling(
        divisors: factors, headDimension: headDimension,
        theta: try float("rope.freq_base", default: 10_000).decimalValue)
    }
    guard file.metadata["\(prefix).rope.scaling.type"] != nil else { return .none }
    switch try file.string("\(prefix).rope.scaling.type") {
    case "none": return .none
    case "linear":
      let factor = try float("rope.scaling.factor", default: 1)
      return factor == 1 ? .none : .linear(factor: factor.decimalValue)
    case let other:
      throw file.error(
        .invalidValue(key: "\(prefix).rope.scaling.type", "\"\(other)\", expected none or linear"))
    }
  }
}

/// Compares the tensors of a file with what its metadata says.
private struct GGUFLayout {
  private(set) var problems: [String] = []

  init(_ file: GGUFFile, _ architecture: Architecture, _ named: GGUFArchitecture) {
    let name = named.rawValue
    // Keys whose only value that is computed here is the one that the shapes imply.
    for key in ["rope.dimension_count", "attention.key_length", "attention.value_length"] {
      if let value = file.metadata["\(name).\(key)"], value.integerValue != architecture.headDimension {
        problems.append("\(name).\(key) is not the head dimension \(architecture.headDimension)")
      }
    }
    if let window = file.metadata["\(name).attention.sliding_window"]?.integerValue,
      window > 0, window < architecture.maximumPositionEmbeddings
    {
      problems.append("\(name).attention.sliding_window is \(window); windows of attention are not computed here")
    }
    for key in ["expert_count", "expert_used_count"] {
      if let count = file.metadata["\(name).\(key)"]?.integerValue, count > 0 {
        problems.append("\(name).\(key) is \(count); mixtures of experts are not computed here")
      }
    }
    if case .array(let tokens)? = file.metadata["tokenizer.ggml.tokens"], tokens.count != architecture.vocabularySize {
      problems.append(
        "tokenizer.ggml.tokens has \(tokens.count) entries for an embedding of \(architecture.vocabularySize) rows")
    }
    compareTensors(file, architecture, name)
  }

  private mutating func compareTensors(_ file: GGUFFile, _ architecture: Architecture, _ name: String) {
    var expected: Set<String> = [RotaryScaling.ggufTensor]
    for parameter in architecture.parameters {
      expected.insert(parameter.ggufName)
      guard let tensor = file[parameter.ggufName] else {
        problems.append("\(parameter.ggufName) is missing (shape \(parameter.shape))")
        continue
      }
      if tensor.shape != parameter.shape {
        problems.append("\(tensor.name) has the shape \(tensor.shape), the metadata makes it \(parameter.shape)")
      }
      if tensor.type.isTernary && !architecture.isQuantized(parameter)
        || parameter.isVector && tensor.type.blockSize > 1
      {
        problems.append("\(tensor.name) is \(tensor.type.name), which only matrices of the layers can be")
      }
      guard parameter.projection != nil, let scale = file[parameter.ggufScaleName] else { continue }
      expected.insert(scale.name)
      if scale.elementCount != 1 || scale.type != .float32 { problems.append("\(scale.name) is not one F32 number") }
    }
    problems += file.tensors.filter { !expected.contains($0.name) }.map {
      "\($0.name) does not belong to the architecture \(name)"
    }
  }
}

extension Float {
  /// The double with the shortest decimal spelling of this number: 1e-5 comes back as 1e-5.
  fileprivate var decimalValue: Double { Double("\(self)") ?? Double(self) }
}
