import FileFormats
import Foundation
import Testing
import TestSupport

import Architectures

/// Configurations that were made to hurt, where chance seldom gets.
@Suite struct HostileConfigurationTests {
  private func refusal(of named: HuggingFaceClass = .bitnet, _ changes: [String: JSONValue]) throws -> String? {
    let folder = try HostileFolder(named)
    let members = (folder.configuration.objectValue ?? [:]).merging(changes) { $1 }
    _ = try folder.directory.file("config.json", Data(JSONDraft(.object(members)).written.utf8))
    return folder.refusal().map { "\($0)" }
  }

  /// Products of such numbers do not fit into 64 bits.
  @Test(arguments: HuggingFaceClass.allCases, [Int.min, -1, 0, 1 << 23, 1 << 62, .max])
  func countsThatNoModelHas(_ named: HuggingFaceClass, _ count: Int) throws {
    for key in ["num_attention_heads", "num_key_value_heads", "head_dim", "hidden_size", "intermediate_size"] {
      let text = try refusal(of: named, [key: .integer(count)])
      #expect(text?.contains(key) == true, "\(key): \(text ?? "accepted")")
      let dimension = key == "head_dim" ? "num_attention_heads" : "head_dim"
      #expect(try refusal(of: named, [key: .integer(count), dimension: .integer(1 << 16)]) != nil, "\(key)")
    }
  }

  /// Each is within its range; together they are 2⁶⁴ elements.
  @Test func elementsAreCountedWithoutOverflow() throws {
    let largest: [String: JSONValue] = [
      "vocab_size": .integer(1 << 24), "hidden_size": .integer(1 << 20), "intermediate_size": .integer(1 << 22),
      "num_hidden_layers": .integer(1 << 12), "num_attention_heads": .integer(1 << 16),
      "num_key_value_heads": .integer(1 << 16), "head_dim": .integer(1 << 16),
    ]
    let text = try refusal(largest)
    #expect(text?.contains("num_attention_heads 65536 × head_dim 65536 is 4294967296") == true, "\(text ?? "")")
    let most = Architecture(
      vocabularySize: 1 << 24, hiddenSize: 1 << 20, hiddenLayerCount: 1 << 12, attentionHeadCount: 1 << 16,
      keyValueHeadCount: 1 << 16, headDimension: 64, intermediateSize: 1 << 22, subNorms: .projection,
      biases: Set(Projection.allCases), normalizesHeads: true, tieWordEmbeddings: false)
    #expect(most.problems.isEmpty && most.parameterCount > 1 << 50)
  }

  @Test func thousandsOfProblemsAreNotAllPrinted() throws {
    let text = try #require(try refusal(["num_hidden_layers": .integer(4096)]))
    #expect(text.split(separator: "\n").count == 42)
    #expect(text.hasSuffix("\n  … and \(11 * 4094 - 40) more"))
    let names = JSONValue.array([JSONValue](repeating: .integer(1), count: 50_000))
    let quantization = JSONValue.object(["quant_method": .string("bitnet"), "modules_to_not_convert": names])
    #expect(try refusal(["quantization_config": quantization])?.hasSuffix("… and 49960 more") == true)
  }

  /// Names are compared with those of every layer.
  @Test func aHundredThousandModulesTakeNoTime() throws {
    let names = (0..<100_000).map { JSONValue.string("module.\($0)") } + [.string("layers.1.mlp.up_proj")]
    let quantization = JSONValue.object([
      "quant_method": .string("bitnet"), "linear_class": .string("autobitlinear"),
      "quantization_mode": .string("online"), "modules_to_not_convert": .array(names),
    ])
    let folder = try HostileFolder(.bitnet)
    let members = (folder.configuration.objectValue ?? [:]).merging(["quantization_config": quantization]) { $1 }
    let text = JSONDraft(.object(members)).written
    let model = try Architecture(huggingFaceJSON: folder.directory.file("config.json", Data(text.utf8)))
    let begin = ContinuousClock.now
    for _ in 0..<100 {
      #expect(
        model.quantizedParameters.map(\.module).filter { $0.contains("up_proj") } == ["model.layers.0.mlp.up_proj"])
    }
    #expect(ContinuousClock.now - begin < .seconds(2))
  }

  @Test(arguments: ["layers.1.mlp.up_proj", "up_proj", "1.mlp", "model.layers.1.mlp.up_proj", "model", "mlp.up_proj"])
  func modulesAreKnownByTheirParts(_ listed: String) {
    var model = ArchitectureTests.small
    model.fullPrecisionModules = [listed]
    #expect(!model.numerics(ofModule: "model.layers.1.mlp.up_proj").weightQuantization.isQuantizing)
    for other in ["p_proj", "odel", "layers.1.mlp.up", "1..mlp", "", ".", "model.", "model.layers.11.mlp.up_proj"] {
      model.fullPrecisionModules = [other]
      #expect(model.numerics(ofModule: "model.layers.1.mlp.up_proj").weightQuantization.isQuantizing, "\(other)")
    }
  }

  /// Finite numbers that become zero or infinite in the arithmetic of the model.
  @Test(arguments: [
    ("rms_norm_eps", 1e39), ("rms_norm_eps", 1e-60), ("rms_norm_eps", -1e-5), ("initializer_range", 1e308),
    ("rope_theta", 0),
  ])
  func numbersThatAreNoneInTheModel(key: String, value: Double) throws {
    #expect(try refusal([key: .number(value)])?.contains("\(key) ") == true)
  }

  @Test func frequenciesThatAreNoNumbers() throws {
    let tiny = JSONValue.object(["rope_type": .string("linear"), "factor": .number(1e-310)])
    #expect(
      try refusal(["rope_scaling": tiny])?.contains("rope_theta 10000.0 and rope_scaling give frequencies") == true)
  }

  /// A class that has no default for it.
  @Test func anActivationThatIsNotSaid() throws {
    #expect(try refusal(of: .own, ["hidden_act": .null])?.contains("- hidden_act is missing") == true)
  }

  @Test func theEpsilonOfProjectionNormsIsChecked() throws {
    let quantization = JSONValue.object([
      "quant_method": .string("bitnet"), "linear_class": .string("autobitlinear"),
      "quantization_mode": .string("online"), "use_rms_norm": .boolean(true), "rms_norm_eps": .number(-1),
    ])
    #expect(try refusal(of: .llama, ["quantization_config": quantization])?.contains("rms_norm_eps is -1") == true)
  }

  /// A list that is none must not be taken for one that is missing.
  @Test(arguments: ["architectures", "layer_types"]) func listsThatAreNone(_ key: String) throws {
    #expect(try refusal([key: .string("x")])?.contains("\(key) is the string \"x\", expected a list") == true)
  }
}
