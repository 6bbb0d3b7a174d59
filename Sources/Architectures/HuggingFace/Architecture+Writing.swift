import FileFormats
import Foundation
import Kernels

extension Architecture {
  /// The config.json of a Hugging Face folder.
  ///
  /// transformers quantises only when told to by `quantization_config`, so it is written for `absmean`; it has no
  /// counterpart for `sign`.
  /// - Parameters:
  ///   - weightDataType: what the tensors beside it are stored in: `bfloat16`, `float16` or `float32`.
  ///   - isPacked: quantised matrices are stored as codes, four to a byte.
  /// - Throws: `RotaryScalingError` for frequencies that no folder can describe.
  public func huggingFaceJSON(weightDataType: String = "bfloat16", isPacked: Bool = false) throws -> Data {
    if case .divisors(let divisors) = ropeScaling { throw RotaryScalingError(divisors: divisors.count) }
    return try huggingFaceObject(weightDataType: weightDataType, isPacked: isPacked).serialized()
  }

  /// The same as a value.
  package func huggingFaceObject(weightDataType: String = "bfloat16", isPacked: Bool = false) -> JSONValue {
    // A missing token id would become a default of the class in transformers; null switches it off.
    func token(_ id: Int?) -> JSONValue { id.map(JSONValue.integer) ?? .null }
    let named = writtenClass
    var members: [String: JSONValue] = [
      "architectures": .array([.string(named.rawValue)]),
      "model_type": .string(named.modelType),
      "vocab_size": .integer(vocabularySize),
      "hidden_size": .integer(hiddenSize),
      "intermediate_size": .integer(intermediateSize),
      "num_hidden_layers": .integer(hiddenLayerCount),
      "num_attention_heads": .integer(attentionHeadCount),
      "num_key_value_heads": .integer(keyValueHeadCount),
      "hidden_act": .string(hiddenActivation.rawValue),
      "max_position_embeddings": .integer(maximumPositionEmbeddings),
      "rms_norm_eps": .number(rmsNormEpsilon),
      "initializer_range": .number(initializerRange),
      "tie_word_embeddings": .boolean(tieWordEmbeddings),
      "attention_bias": .boolean(biases.contains(.output)),
      "attention_dropout": .number(0),
      "use_cache": .boolean(true),
      "bos_token_id": token(beginningOfSequenceTokenID),
      "eos_token_id": endOfSequenceTokenIDs.count > 1
        ? .array(endOfSequenceTokenIDs.map(JSONValue.integer)) : token(endOfSequenceTokenID),
      "pad_token_id": token(paddingTokenID),
      "rope_theta": .number(ropeTheta),
      "dtype": .string(weightDataType),
      "torch_dtype": .string(weightDataType),
      OwnNumerics.key: OwnNumerics.written(self),
    ]
    // Older readers know only the second spelling of each of these pairs.
    members["rope_parameters"] = .object(
      ropeScaling.huggingFaceMembers.merging(["rope_theta": .number(ropeTheta)]) { $1 })
    if ropeScaling != .none { members["rope_scaling"] = .object(ropeScaling.huggingFaceMembers) }
    for (key, projections) in named.blocks.optionalBiases { members[key] = .boolean(projections.isSubset(of: biases)) }
    switch named.blocks.slidingWindow {
    case .whereNamed: break
    case .otherwise: members["sliding_window"] = .null
    case .whereSwitchedOn: members["use_sliding_window"] = .boolean(false)
    }
    if headDimension * attentionHeadCount != hiddenSize || named.defaults.headDimension != nil {
      members["head_dim"] = .integer(headDimension)
    }
    if bitLinear.weightQuantization == .absmean { members["quantization_config"] = quantizationConfiguration(isPacked) }
    return .object(members)
  }

  private func quantizationConfiguration(_ isPacked: Bool) -> JSONValue {
    var members: [String: JSONValue] = [
      "quant_method": .string("bitnet"),
      "linear_class": .string(isPacked && storesInverseScales ? "bitlinear" : "autobitlinear"),
      "quantization_mode": .string(isPacked ? "offline" : "online"),
    ]
    if subNorms == .projection {
      members["use_rms_norm"] = .boolean(true)
      members["rms_norm_eps"] = .number(projectionNormEpsilon ?? rmsNormEpsilon)
    }
    if !fullPrecisionModules.isEmpty {
      members["modules_to_not_convert"] = .array((fullPrecisionModules.sorted() + ["lm_head"]).map(JSONValue.string))
    }
    return .object(members)
  }
}
