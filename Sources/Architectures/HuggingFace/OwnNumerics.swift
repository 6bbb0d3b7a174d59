import FileFormats
import Kernels

/// The object of config.json that keeps what Hugging Face has no place for.
enum OwnNumerics {
  static let key = "swift_bitnet"
  static let formatVersion = 1

  static func written(_ architecture: Architecture) -> JSONValue {
    let numerics = architecture.bitLinear
    var members: [String: JSONValue] = [
      "format_version": .integer(formatVersion),
      "weight_quant": .string(numerics.weightQuantization.rawValue),
      "activation_bits": .integer(numerics.activationBits),
      "scale_dtype": .string(numerics.scaleDataType.rawValue),
    ]
    if architecture.writtenClass == .own {
      members["sub_norms"] = .string(architecture.subNorms.rawValue)
      members["biases"] = .array(architecture.biases.sorted().map { .string($0.rawValue) })
      members["qk_norm"] = .boolean(architecture.normalizesHeads)
    }
    return .object(members)
  }

  /// Our own object if there is one; else what transformers computes.
  static func read(
    _ reader: inout ConfigurationReader, _ quantization: HuggingFaceQuantization?, _ named: HuggingFaceClass
  ) -> BitLinearConfiguration {
    // The published code of 1bitLLM quantises without being told to.
    let isQuantized = quantization != nil || named == .bitnetOfOneBitLLM
    guard let members = reader.object(key) else {
      return BitLinearConfiguration(weightQuantization: isQuantized ? .absmean : .none, scaleDataType: .float32)
    }
    var nested = ConfigurationReader(members, prefix: "\(key).")
    if let version = nested.require("format_version"), version != formatVersion {
      nested.complain("\(key).format_version is \(version), expected \(formatVersion); update this program")
    }
    let weights = nested.choice("weight_quant", of: WeightQuantization.self)
    let bits = nested.integer("activation_bits")
    let scale = nested.choice("scale_dtype", of: ScaleDataType.self)
    for name in ["weight_quant", "activation_bits", "scale_dtype"] where nested.value(name) == nil {
      nested.complain("\(key).\(name) is missing")
    }
    if let weights, named != .own, (weights == .absmean) != isQuantized {
      nested.complain(
        "\(key).weight_quant is \"\(weights.rawValue)\", but quantization_config is "
          + (isQuantized ? "there" : "missing") + "; exactly absmean models have one")
    }
    nested.problems.forEach { reader.complain($0) }
    return BitLinearConfiguration(
      weightQuantization: weights ?? .absmean, activationBits: bits ?? 8, scaleDataType: scale ?? .float16)
  }

  /// What the class of our own says about its blocks.
  static func readFeatures(
    _ reader: inout ConfigurationReader, _ subNorms: inout Architecture.SubNorms, _ biases: inout Set<Projection>,
    _ normalizesHeads: inout Bool
  ) {
    guard let members = reader.object(key) else { return reader.complain("\(key) is missing") }
    var nested = ConfigurationReader(members, prefix: "\(key).")
    subNorms = nested.choice("sub_norms", of: Architecture.SubNorms.self) ?? .none
    normalizesHeads = nested.boolean("qk_norm") ?? false
    for name in nested.array("biases") ?? [] {
      if let projection = name.stringValue.flatMap(Projection.init) {
        biases.insert(projection)
      } else {
        nested.complain("\(key).biases contains \(name.kind), expected names such as q_proj")
      }
    }
    nested.problems.forEach { reader.complain($0) }
  }
}
