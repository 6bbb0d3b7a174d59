import FileFormats
import Foundation

extension ModelConfiguration {
  /// Key of the object in config.json that keeps what Hugging Face has no place for.
  static let ownKey = "swift_bitnet"
  static let ownFormatVersion = 1

  /// The config.json of a `BitNetForCausalLM` folder.
  ///
  /// transformers quantises only when told to by `quantization_config`, so it is written for `absmean`; it has no
  /// counterpart for `sign`.
  /// - Parameter weightDataType: what the tensors beside it are stored in, `bfloat16` or `float32`.
  public func huggingFaceJSON(weightDataType: String = "bfloat16") throws -> Data {
    try huggingFaceObject(weightDataType: weightDataType).serialized()
  }

  /// The same as a value.
  package func huggingFaceObject(weightDataType: String = "bfloat16") -> JSONValue {
    // A missing token id would become the id of BitNet b1.58 2B4T in transformers; null switches it off.
    func token(_ id: Int?) -> JSONValue { id.map(JSONValue.integer) ?? .null }
    var members: [String: JSONValue] = [
      "architectures": .array([.string("BitNetForCausalLM")]),
      "model_type": .string("bitnet"),
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
      "attention_bias": .boolean(false),
      "attention_dropout": .number(0),
      "use_cache": .boolean(true),
      "bos_token_id": token(beginningOfSequenceTokenID),
      "eos_token_id": token(endOfSequenceTokenID),
      "pad_token_id": token(paddingTokenID),
      // Older readers know only the second spelling of each of these pairs.
      "rope_parameters": .object(["rope_type": .string("default"), "rope_theta": .number(ropeTheta)]),
      "rope_theta": .number(ropeTheta),
      "dtype": .string(weightDataType),
      "torch_dtype": .string(weightDataType),
      Self.ownKey: .object([
        "format_version": .integer(Self.ownFormatVersion),
        "weight_quant": .string(bitLinear.weightQuantization.rawValue),
        "activation_bits": .integer(bitLinear.activationBits),
        "scale_dtype": .string(bitLinear.scaleDataType.rawValue),
      ]),
    ]
    if bitLinear.weightQuantization == .absmean {
      members["quantization_config"] = .object([
        "quant_method": .string("bitnet"),
        "linear_class": .string("autobitlinear"),
        "quantization_mode": .string("online"),
      ])
    }
    return .object(members)
  }
}
