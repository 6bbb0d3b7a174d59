import Foundation
import Kernels
import Testing
import TestSupport

import FileFormats
import Architectures

@Suite struct ArchitectureTests {
  static let small = Architecture(
    vocabularySize: 258, hiddenSize: 32, hiddenLayerCount: 2, attentionHeadCount: 4, keyValueHeadCount: 2,
    intermediateSize: 48, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, maximumPositionEmbeddings: 128,
    endOfSequenceTokenID: 256)

  private func read(_ text: String) throws -> Architecture {
    let directory = try TemporaryDirectory()
    return try Architecture(huggingFaceJSON: directory.file("config.json", Data(text.utf8)))
  }

  private func problems(_ text: String) throws -> [String] {
    do {
      _ = try read(text)
      return []
    } catch let error as ArchitectureError {
      return error.problems
    }
  }

  /// The configuration of `small` with some top-level members replaced (nil: removed), as text.
  private func changed(_ changes: [String: Any?]) throws -> String {
    let data = try Self.small.huggingFaceJSON()
    var members = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    for (key, value) in changes { members[key] = value }
    return String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
  }

  @Test(arguments: WeightQuantization.allCases, ScaleDataType.allCases)
  func roundTrip(quantization: WeightQuantization, scale: ScaleDataType) throws {
    var configuration = Self.small
    configuration.bitLinear = BitLinearConfiguration(weightQuantization: quantization, scaleDataType: scale)
    configuration.hiddenActivation = .silu
    configuration.tieWordEmbeddings = false
    configuration.ropeTheta = 500_000
    configuration.initializerRange = 0.0123
    configuration.beginningOfSequenceTokenID = 257
    configuration.paddingTokenID = 0
    let text = String(decoding: try configuration.huggingFaceJSON(), as: UTF8.self)
    #expect(try read(text) == configuration)
    #expect(text.contains("quantization_config") == (quantization == .absmean))
  }

  @Test func writesWhatTransformersReads() throws {
    let data = try Self.small.huggingFaceJSON(weightDataType: "float32")
    let document = try data.withUnsafeBytes { try JSONParser.parse($0) }
    #expect(document["architectures"] == .array([.string("BitNetForCausalLM")]))
    #expect(document["rope_parameters"]?["rope_theta"]?.doubleValue == 10_000)
    #expect(document["rope_theta"]?.doubleValue == 10_000)
    #expect(document["dtype"] == .string("float32"))
    #expect(document["torch_dtype"] == .string("float32"))
    // Left out, transformers would take 128000.
    #expect(document["bos_token_id"] == .null)
    #expect(
      document["quantization_config"]
        == .object([
          "quant_method": .string("bitnet"), "linear_class": .string("autobitlinear"),
          "quantization_mode": .string("online"),
        ]))
  }

  @Test func readsAForeignConfiguration() throws {
    let text = """
      {"model_type": "bitnet", "hidden_size": 2560, "intermediate_size": 6912, "num_hidden_layers": 30,
       "num_attention_heads": 20, "num_key_value_heads": 5, "vocab_size": 128256, "rope_theta": 500000.0,
       "tie_word_embeddings": true, "eos_token_id": [128001], "bos_token_id": 128000, "max_position_embeddings": 4096,
       "quantization_config": {"quant_method": "bitnet", "linear_class": "autobitlinear",
       "quantization_mode": "online", "modules_to_not_convert": null}}
      """
    let configuration = try read(text)
    #expect(configuration.bitLinear == BitLinearConfiguration(scaleDataType: .float32))
    #expect(configuration.ropeTheta == 500_000)
    #expect(configuration.endOfSequenceTokenID == 128_001)
    #expect(configuration.hiddenActivation == .relu2)
    // Microsoft's bf16 file has 4,825,679,400 bytes: two per parameter and 38 kB of header.
    #expect(configuration.parameterCount == 2_412_820_480)
  }

  @Test func newerRotaryParametersWin() throws {
    let text = try changed(["rope_parameters": ["rope_type": "default", "rope_theta": 7]])
    #expect(try read(text).ropeTheta == 7)
    #expect(try read(changed(["rope_parameters": nil, "rope_theta": 9])).ropeTheta == 9)
    #expect(try read(changed(["rope_parameters": nil, "rope_theta": nil])).ropeTheta == 500_000)
  }

  @Test func unquantisedWithoutQuantizationConfig() throws {
    let text = try changed(["quantization_config": nil, "swift_bitnet": nil])
    #expect(try read(text).bitLinear.weightQuantization == .none)
  }

  @Test func everyNameOfAnActivationIsRead() throws {
    for activation in Activation.allCases {
      for name in [activation.rawValue] + activation.aliases {
        #expect(try read(changed(["hidden_act": name])).hiddenActivation == activation, "\(name)")
      }
    }
  }

  @Test func missingKeyValueHeadsAreNotGuessed() throws {
    #expect(try problems(changed(["num_key_value_heads": nil])) == ["num_key_value_heads is missing"])
    #expect(try read(changed(["num_key_value_heads": NSNull()])).keyValueHeadCount == 4)
  }

  @Test func allProblemsAtOnce() throws {
    let text = try changed([
      "vocab_size": nil, "hidden_size": "32", "hidden_act": "tanh", "model_type": "llama", "attention_bias": "yes",
      "rms_norm_eps": [1], "num_hidden_layers": 2.5,
    ])
    let problems = try problems(text)
    #expect(problems.count == 7, "\(problems)")
    for part in [
      "model_type is \"llama\"", "attention_bias", "vocab_size is missing", "hidden_size is the string \"32\"",
      "hidden_act is \"tanh\", expected one of: ", "rms_norm_eps is an array",
      "num_hidden_layers is the number 2.5",
    ] {
      #expect(problems.contains { $0.contains(part) }, "\(part)")
    }
  }

  @Test(arguments: [
    (["hidden_size": 30], "hidden_size 30 is not a multiple of num_attention_heads 4, and there is no head_dim"),
    (["hidden_size": 20], "the head dimension 5 is odd"),
    (["num_key_value_heads": 3], "num_attention_heads 4 is not a multiple of num_key_value_heads 3"),
    (["num_hidden_layers": 0], "num_hidden_layers is 0"), (["hidden_size": -4], "hidden_size is -4"),
    (["vocab_size": 1 << 40], "vocab_size is 1099511627776"), (["eos_token_id": 258], "eos_token_id is 258, outside"),
    (["head_dim": 7], "the head dimension 7 is odd"), (["num_attention_heads": 0], "num_attention_heads is 0"),
  ])
  func impossibleShapes(changes: [String: Int], complaint: String) throws {
    let problems = try problems(changed(changes))
    #expect(problems.count == 1 && problems[0].contains(complaint), "\(problems)")
  }

  @Test func refusesContradictoryQuantization() throws {
    let other = ["quant_method": "bitnet", "linear_class": "other"]
    #expect(try problems(changed(["quantization_config": other])).first?.contains("linear_class is \"other\"") == true)
    #expect(try problems(changed(["quantization_config": ["quant_method": "gptq"]])).first?.contains("gptq") == true)
    #expect(try problems(changed(["quantization_config": nil])).first?.contains("missing") == true)
    let version: [String: Any] = [
      "format_version": 2, "weight_quant": "absmean", "activation_bits": 8, "scale_dtype": "float16",
    ]
    #expect(try problems(changed(["swift_bitnet": version])).first?.contains("update") == true)
    let yarn: [String: Any] = ["rope_type": "yarn", "rope_theta": 1]
    #expect(try problems(changed(["rope_parameters": yarn])).first?.contains("rope_type") == true)
  }

  @Test func refusesWhatIsNoObject() throws {
    #expect(try problems("[]") == ["the file is an empty array, expected an object"])
    #expect(try problems("{\n\"a\": 1,\n}").first?.hasPrefix("line 3") == true)
    #expect(throws: FileError.self) { try read("") }
  }

  @Test func parametersAreThoseOfHuggingFace() {
    let parameters = Self.small.parameters
    #expect(parameters.count == 2 + 11 * 2)
    #expect(Set(parameters.map(\.name)).count == parameters.count)
    let byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
    #expect(byName["model.embed_tokens.weight"]?.shape == [258, 32])
    #expect(byName["model.layers.1.self_attn.k_proj.weight"]?.shape == [16, 32])
    #expect(byName["model.layers.1.mlp.ffn_sub_norm.weight"]?.shape == [48])
    #expect(byName["model.layers.0.mlp.down_proj.weight"]?.shape == [32, 48])
    #expect(byName["model.layers.0.mlp.down_proj.weight"]?.projection == .down)
    #expect(parameters.filter { $0.projection != nil }.count == 7 * 2)
    #expect(Self.small.parameterCount == 258 * 32 + 32 + 2 * (2 * 1024 + 2 * 512 + 3 * 1536 + 3 * 32 + 48))
    var untied = Self.small
    untied.tieWordEmbeddings = false
    #expect(untied.parameters.last?.name == "lm_head.weight")
    #expect(untied.parameterCount == Self.small.parameterCount + 258 * 32)
  }
}
