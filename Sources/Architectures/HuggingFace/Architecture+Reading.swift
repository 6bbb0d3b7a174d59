import FileFormats
import Foundation
import Kernels

extension Architecture {
  /// Reads the config.json of a model, ours or another's. Missing keys mean what they mean to transformers.
  /// - Throws: `FileError`; `ArchitectureError` with every problem of the file.
  public init(huggingFaceJSON url: URL) throws {
    self = try HuggingFaceConfiguration(url).architecture
  }

  package init(huggingFaceJSON bytes: UnsafeRawBufferPointer, path: String) throws {
    self = try HuggingFaceConfiguration(bytes, path: path).architecture
  }
}

/// A config.json: the architecture, and how the files beside it store its matrices.
struct HuggingFaceConfiguration {
  let architecture: Architecture
  let quantization: HuggingFaceQuantization?

  /// - Throws: `FileError`, `ArchitectureError`.
  init(_ url: URL) throws {
    let file = try MappedFile(url)
    self = try file.withBytes { try HuggingFaceConfiguration($0, path: url.path) }
  }

  init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
    let document: JSONValue
    do {
      document = try JSONParser.parse(bytes)
    } catch let error as JSONSyntaxError {
      throw ArchitectureError(path: path, problems: ["\(error)"])
    }
    guard let members = document.objectValue else {
      throw ArchitectureError(path: path, problems: ["the file is \(document.kind), expected an object"])
    }
    var reader = ConfigurationReader(members)
    let named = Self.readClass(&reader)
    let quantization = HuggingFaceQuantization(&reader)
    let architecture = named.flatMap { Self.readArchitecture(&reader, $0, quantization) }
    let problems = reader.problems + (architecture?.problems ?? [])
    guard let architecture, problems.isEmpty else { throw ArchitectureError(path: path, problems: problems) }
    self.architecture = architecture
    self.quantization = quantization
  }

  private static func readClass(_ reader: inout ConfigurationReader) -> HuggingFaceClass? {
    let known = HuggingFaceClass.allCases.filter { $0 != .own }.map(\.rawValue).joined(separator: ", ")
    if let names = reader.array("architectures"), !names.isEmpty {
      let named = names.compactMap { $0.stringValue.flatMap(HuggingFaceClass.init) }
      guard names.count == 1, let named = named.first else {
        let found = names.prefix(4).map { ($0.stringValue ?? $0.kind).printable() }.joined(separator: ", ")
        reader.complain("architectures is \(found), expected one of: \(known)")
        return nil
      }
      if let type = reader.string("model_type"), type != named.modelType, named != .bitnetOfOneBitLLM {
        reader.complain("model_type is \"\(type.printable())\", but \(named.rawValue) has \"\(named.modelType)\"")
      }
      return named
    }
    guard let type = reader.string("model_type") else {
      if reader.value("model_type") == nil {
        reader.complain("architectures and model_type are missing, expected one of: \(known)")
      }
      return nil
    }
    guard let named = HuggingFaceClass.allCases.first(where: { $0.modelType == type }) else {
      let types = Set(HuggingFaceClass.allCases.map(\.modelType)).sorted().joined(separator: ", ")
      reader.complain("model_type is \"\(type.printable())\", expected one of: \(types)")
      return nil
    }
    return named
  }

  private static func readArchitecture(
    _ reader: inout ConfigurationReader, _ named: HuggingFaceClass, _ quantization: HuggingFaceQuantization?
  ) -> Architecture? {
    let defaults = named.defaults
    let vocabularySize = reader.require("vocab_size")
    let hiddenSize = reader.require("hidden_size")
    let intermediateSize = reader.require("intermediate_size")
    let layerCount = reader.require("num_hidden_layers")
    let headCount = reader.require("num_attention_heads")
    if !defaults.mayOmitKeyValueHeads { reader.requireKey("num_key_value_heads") }
    // null means one key head per query head.
    let omitted = !reader.hasKey("num_key_value_heads") ? defaults.keyValueHeads : nil
    let keyValueHeadCount = reader.integer("num_key_value_heads") ?? omitted
    let headDimension = reader.integer("head_dim") ?? (reader.hasKey("head_dim") ? nil : defaults.headDimension)
    let features = readFeatures(&reader, named, quantization)
    let activation = readActivation(&reader, default: defaults.activation)
    let rotary = HuggingFaceRotary(&reader)
    let epsilon = reader.double("rms_norm_eps") ?? defaults.epsilon
    let positions = reader.integer("max_position_embeddings") ?? defaults.positions
    let tied = reader.boolean("tie_word_embeddings") ?? defaults.tied
    let initializerRange = reader.double("initializer_range")
    let bitLinear = OwnNumerics.read(&reader, quantization, named)
    let beginning = reader.tokenID("bos_token_id")
    let ends = reader.tokenIDs("eos_token_id")
    let padding = reader.tokenID("pad_token_id")
    refuseOtherFunctions(&reader, named, positions: positions ?? 0)
    guard let vocabularySize, let hiddenSize, let intermediateSize, let layerCount, let headCount, let activation
    else { return nil }
    if headDimension == nil, headCount > 0, !hiddenSize.isMultiple(of: headCount) {
      reader.complain(
        "hidden_size \(hiddenSize) is not a multiple of num_attention_heads \(headCount), and there is no head_dim")
      return nil
    }
    var architecture = Architecture(
      vocabularySize: vocabularySize, hiddenSize: hiddenSize, hiddenLayerCount: layerCount,
      attentionHeadCount: headCount, keyValueHeadCount: keyValueHeadCount ?? headCount, headDimension: headDimension,
      intermediateSize: intermediateSize, hiddenActivation: activation, subNorms: features.subNorms,
      biases: features.biases, normalizesHeads: features.normalizesHeads, tieWordEmbeddings: tied ?? false,
      ropeTheta: rotary.theta ?? defaults.theta ?? 10_000, ropeScaling: rotary.scaling,
      rmsNormEpsilon: epsilon ?? 1e-5, maximumPositionEmbeddings: positions ?? 2048,
      initializerRange: initializerRange ?? 0.02, bitLinear: bitLinear,
      fullPrecisionModules: quantization?.modulesInFullPrecision ?? [],
      beginningOfSequenceTokenID: beginning, paddingTokenID: padding)
    architecture.endOfSequenceTokenIDs = ends
    if quantization?.normEpsilon != architecture.rmsNormEpsilon {
      architecture.projectionNormEpsilon = quantization?.normEpsilon
    }
    // What follows from numbers that no model has may not be a number.
    guard architecture.problems.isEmpty else { return architecture }
    if architecture.writtenClass != named { architecture.givenClassName = named.rawValue }
    return architecture
  }

  private static func readActivation(
    _ reader: inout ConfigurationReader, default ofClass: Activation?
  ) -> Activation? {
    guard let name = reader.string("hidden_act") else {
      if ofClass == nil, reader.value("hidden_act") == nil { reader.complain("hidden_act is missing") }
      return ofClass
    }
    let activation = Activation(huggingFaceName: name)
    if activation == nil {
      let choices = Activation.allCases.map(\.rawValue).joined(separator: ", ")
      reader.complain("hidden_act is \"\(name.printable())\", expected one of: \(choices)")
    }
    return activation
  }

  private struct Features {
    var subNorms: Architecture.SubNorms
    var biases: Set<Projection> = []
    var normalizesHeads = false
  }

  private static func readFeatures(
    _ reader: inout ConfigurationReader, _ named: HuggingFaceClass, _ quantization: HuggingFaceQuantization?
  ) -> Features {
    let blocks = named.blocks
    var features = Features(
      subNorms: blocks.subNorms, biases: blocks.biases, normalizesHeads: blocks.normalizesHeads)
    for (key, projections) in blocks.optionalBiases where reader.boolean(key) == true {
      features.biases.formUnion(projections)
    }
    if named == .own {
      OwnNumerics.readFeatures(&reader, &features.subNorms, &features.biases, &features.normalizesHeads)
    } else if quantization?.usesNorms == true {
      if blocks.subNorms == .none {
        features.subNorms = .projection
      } else {
        reader.complain("quantization_config.use_rms_norm is set, but \(named.rawValue) has sub-norms of its own")
      }
    }
    return features
  }

  /// Settings that would make the model another function than the one that is computed here.
  private static func refuseOtherFunctions(
    _ reader: inout ConfigurationReader, _ named: HuggingFaceClass, positions: Int
  ) {
    if named.blocks.optionalBiases["mlp_bias"] == nil { reader.requireDefault("mlp_bias", [.boolean(false)]) }
    reader.requireDefault("attention_dropout", [.number(0), .integer(0)])
    if let window = slidingWindow(&reader, named.blocks.slidingWindow), window < positions {
      reader.complain(
        "sliding_window is \(window)\(reader.boolean("use_sliding_window") == true ? " (use_sliding_window is true)" : ""), below max_position_embeddings \(positions); windows of attention are not computed "
          + "here. Set max_position_embeddings to \(window) to use the model within its window")
    }
    if let types = reader.array("layer_types"), types.contains(where: { $0 != .string("full_attention") }) {
      reader.complain("layer_types names other layers than full_attention, which are not computed here")
    }
    if reader.double("partial_rotary_factor") ?? 1 != 1 {
      reader.complain("partial_rotary_factor is set; only whole heads are rotated here")
    }
    if named == .bitnetOfOneBitLLM {
      reader.requireDefault("input_bits", [.integer(8)])
      reader.requireDefault("weight_bits", [.integer(1)])
    }
  }

  private static func slidingWindow(
    _ reader: inout ConfigurationReader, _ rule: HuggingFaceClass.Blocks.SlidingWindow
  ) -> Int? {
    let isSwitchedOn = reader.boolean("use_sliding_window")
    let window = reader.integer("sliding_window")
    if isSwitchedOn == false || rule == .whereSwitchedOn && isSwitchedOn == nil { return nil }
    if case .otherwise(let length) = rule, !reader.hasKey("sliding_window") { return length }
    return window
  }
}
