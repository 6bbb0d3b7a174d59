import FileFormats
import Foundation
import Kernels

extension ModelConfiguration {
  /// Reads the config.json of a `BitNetForCausalLM`, ours or another's. Missing keys mean what they mean to
  /// transformers.
  /// - Throws: `FileError`; `ModelConfigurationError` with every problem of the file.
  public init(huggingFaceJSON url: URL) throws {
    let file = try MappedFile(url)
    self = try file.withBytes { try ModelConfiguration(huggingFaceJSON: $0, path: url.path) }
  }

  package init(huggingFaceJSON bytes: UnsafeRawBufferPointer, path: String) throws {
    let document: JSONValue
    do {
      document = try JSONParser.parse(bytes)
    } catch let error as JSONSyntaxError {
      throw ModelConfigurationError(path: path, problems: ["\(error)"])
    }
    guard let members = document.objectValue else {
      throw ModelConfigurationError(path: path, problems: ["the file is \(document.kind), expected an object"])
    }
    var reader = ConfigurationReader(members)
    Self.checkArchitecture(&reader)
    let configuration = Self.readShape(&reader)
    let problems = reader.problems + (configuration?.problems ?? [])
    guard let configuration, problems.isEmpty else {
      throw ModelConfigurationError(path: path, problems: problems)
    }
    self = configuration
  }

  private static func checkArchitecture(_ reader: inout ConfigurationReader) {
    switch reader.string("model_type") {
    case "bitnet": break
    case .some(let other): reader.complain("model_type is \"\(other)\", expected \"bitnet\"")
    case nil: if reader.value("model_type") == nil { reader.complain("model_type is missing, expected \"bitnet\"") }
    }
    reader.requireDefault("architectures", [.array([.string("BitNetForCausalLM")])])
    reader.requireDefault("attention_bias", [.boolean(false)])
    reader.requireDefault("mlp_bias", [.boolean(false)])
    reader.requireDefault("attention_dropout", [.number(0), .integer(0)])
    reader.requireDefault("rope_scaling", [.null])
  }

  private static func readShape(_ reader: inout ConfigurationReader) -> ModelConfiguration? {
    let vocabularySize = reader.require("vocab_size")
    let hiddenSize = reader.require("hidden_size")
    let intermediateSize = reader.require("intermediate_size")
    let layerCount = reader.require("num_hidden_layers")
    let headCount = reader.require("num_attention_heads")
    // null means one key head per query head; left out it would mean transformers' own default of 5.
    reader.requireKey("num_key_value_heads")
    let keyValueHeadCount = reader.integer("num_key_value_heads")
    let activation = readActivation(&reader)
    let tied = reader.boolean("tie_word_embeddings")
    let theta = readRotaryBase(&reader)
    let epsilon = reader.double("rms_norm_eps")
    let positions = reader.integer("max_position_embeddings")
    let initializerRange = reader.double("initializer_range")
    let bitLinear = readBitLinear(&reader)
    let beginning = reader.tokenID("bos_token_id")
    let end = reader.tokenID("eos_token_id")
    let padding = reader.tokenID("pad_token_id")
    let headDimension = reader.integer("head_dim")
    guard let vocabularySize, let hiddenSize, let intermediateSize, let layerCount, let headCount else { return nil }
    if let headDimension, headCount > 0, headDimension != hiddenSize / headCount {
      reader.complain("head_dim is \(headDimension), expected hidden_size / num_attention_heads")
    }
    return ModelConfiguration(
      vocabularySize: vocabularySize, hiddenSize: hiddenSize, hiddenLayerCount: layerCount,
      attentionHeadCount: headCount, keyValueHeadCount: keyValueHeadCount ?? headCount,
      intermediateSize: intermediateSize, hiddenActivation: activation ?? .relu2,
      tieWordEmbeddings: tied ?? false, ropeTheta: theta ?? 500_000, rmsNormEpsilon: epsilon ?? 1e-5,
      maximumPositionEmbeddings: positions ?? 2048, initializerRange: initializerRange ?? 0.02,
      bitLinear: bitLinear, beginningOfSequenceTokenID: beginning, endOfSequenceTokenID: end,
      paddingTokenID: padding)
  }

  /// `rope_parameters` wins over the older `rope_theta`, as in transformers.
  private static func readRotaryBase(_ reader: inout ConfigurationReader) -> Double? {
    let older = reader.double("rope_theta")
    guard let members = reader.object("rope_parameters") else { return older }
    var nested = ConfigurationReader(members, prefix: "rope_parameters.")
    nested.requireDefault("rope_type", [.string("default")])
    nested.requireDefault("partial_rotary_factor", [.number(1), .integer(1)])
    let theta = nested.double("rope_theta")
    nested.problems.forEach { reader.complain($0) }
    return theta ?? older
  }

  private static func readActivation(_ reader: inout ConfigurationReader) -> Activation? {
    guard let name = reader.string("hidden_act") else { return nil }
    let activation = Activation(huggingFaceName: name)
    if activation == nil {
      let choices = Activation.allCases.map(\.rawValue).joined(separator: ", ")
      reader.complain("hidden_act is \"\(name)\", expected one of: \(choices)")
    }
    return activation
  }

  /// Our own object if there is one; else what `quantization_config` makes transformers compute.
  private static func readBitLinear(_ reader: inout ConfigurationReader) -> BitLinearConfiguration {
    let quantized = readQuantization(&reader)
    guard let members = reader.object(ownKey) else {
      return BitLinearConfiguration(weightQuantization: quantized ? .absmean : .none, scaleDataType: .float32)
    }
    var nested = ConfigurationReader(members, prefix: "\(ownKey).")
    let version = nested.require("format_version")
    if let version, version != ownFormatVersion {
      nested.complain("\(ownKey).format_version is \(version), expected \(ownFormatVersion); update this program")
    }
    let quantization = nested.choice("weight_quant", of: WeightQuantization.self)
    let bits = nested.integer("activation_bits")
    let scale = nested.choice("scale_dtype", of: ScaleDataType.self)
    for key in ["weight_quant", "activation_bits", "scale_dtype"] where nested.value(key) == nil {
      nested.complain("\(ownKey).\(key) is missing")
    }
    if let quantization, (quantization == .absmean) != quantized {
      nested.complain(
        "\(ownKey).weight_quant is \"\(quantization.rawValue)\", but quantization_config is "
          + (quantized ? "there" : "missing") + "; exactly absmean models have one")
    }
    nested.problems.forEach { reader.complain($0) }
    return BitLinearConfiguration(
      weightQuantization: quantization ?? .absmean, activationBits: bits ?? 8, scaleDataType: scale ?? .float16)
  }

  /// Whether `quantization_config` asks for ternary weights from float masters.
  private static func readQuantization(_ reader: inout ConfigurationReader) -> Bool {
    guard let members = reader.object("quantization_config") else { return false }
    var nested = ConfigurationReader(members, prefix: "quantization_config.")
    let method = nested.string("quant_method")
    if method != "bitnet" {
      nested.complain("quantization_config.quant_method is \(method ?? "missing"), expected bitnet")
    } else if nested.string("linear_class") != "autobitlinear" || nested.string("quantization_mode") != "online" {
      nested.complain(
        "quantization_config describes packed 2-bit weights; expected linear_class autobitlinear and "
          + "quantization_mode online. Use the unpacked (bf16) version of the model")
    }
    nested.requireDefault("use_rms_norm", [.boolean(false)])
    nested.requireDefault("modules_to_not_convert", [.array([]), .array([.string("lm_head")])])
    nested.problems.forEach { reader.complain($0) }
    return true
  }
}
