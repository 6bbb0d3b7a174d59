import Foundation
import Testing

@Suite struct ExportCommandTests {
  private static let types = ["i2_s", "tq1_0", "tq2_0", "f16", "bf16", "f32"]

  @Test(arguments: ["silu", "relu2"])
  func everyTypeIsTheSameModel(activation: String) throws {
    let run = try PackedRun(activation: activation)
    let evaluation = try #require(try run.json("eval", "run")["bits_per_byte"] as? Double)
    for type in Self.types {
      for threads in ["1", "2"] {
        let report = try run.json("export", "run", "--type", type, "--output", "\(type).gguf", "--threads", threads)
        #expect(report["codes_different"] as? Int == 0, "\(type)")
        #expect(report["max_logit_difference"] as? Double == 0, "\(type)")
        #expect(report["bits_per_byte_trained"] as? Double == evaluation, "\(type)")
        #expect(report["bits_per_byte_packed"] as? Double == evaluation, "\(type)")
        #expect(report["file_bytes"] as? Int == (try run.bytes("\(type).gguf")).count, "\(type)")
        #expect(report["architecture"] as? String == (activation == "silu" ? "bitnet" : "bitnet-b1.58"))
      }
      #expect(try run.run("verify", "\(type).gguf").contains("no problems"))
    }
    #expect(try run.entries == Set(Self.types.map { "\($0).gguf" } + ["run", "text", "packed.yaml"]))
  }

  @Test func onEveryKernelPath() throws {
    let run = try PackedRun()
    for path in ["portable", "avx2"] {
      let report = try run.json(
        "export", "run", "--type", "tq2_0", "--output", "a.gguf", "--max-tokens", "300",
        environment: ["BITNET_KERNELS": path])
      #expect(report["max_logit_difference"] as? Double == 0, "\(path)")
    }
  }

  @Test func ternaryTypesConvertWithoutLoss() throws {
    let run = try PackedRun()
    let types = ["i2_s", "tq1_0", "tq2_0"]
    for type in types { try run.run("export", "run", "--type", type, "--output", "\(type).gguf") }
    for source in types + ["f16", "f32"] {
      try run.run("export", "run", "--type", source, "--output", "source.gguf", "--head-type", "f32")
      for type in types {
        try run.run("export", "source.gguf", "--type", type, "--output", "converted.gguf")
        #expect(try run.bytes("converted.gguf") == run.bytes("\(type).gguf"), "\(source) to \(type)")
      }
    }
  }

  @Test func inspectShowsTheSameCodes() throws {
    let run = try PackedRun()
    try run.run("export", "run", "--type", "tq1_0", "--output", "a.gguf")
    func census(_ model: String) throws -> [[Int]] {
      let tensors = try #require(try run.json("inspect", model)["tensors"] as? [[String: Any]])
      return tensors.compactMap { tensor in
        guard let zero = tensor["zero"] as? Int else { return nil }
        return [tensor["minus"] as? Int ?? -1, zero, tensor["plus"] as? Int ?? -1]
      }
    }
    let packed = try census("a.gguf")
    #expect(packed.count == 14)
    #expect(try packed == census("run"))
    let metadata = try #require(try run.json("inspect", "a.gguf")["metadata"] as? [String: Any])
    #expect(metadata["general.architecture"] as? String == "bitnet")
    #expect(metadata["bitnet.attention.head_count_kv"] as? Int == 2)
    #expect(metadata["tokenizer.ggml.model"] as? String == "rwkv")
  }

  @Test func roundedHeadsAreReported() throws {
    let run = try PackedRun()
    let report = try run.json("export", "run", "--type", "tq2_0", "--head-type", "q8_0", "--output", "a.gguf")
    #expect(report["codes_different"] as? Int == 0)
    let difference = try #require(report["max_logit_difference"] as? Double)
    #expect(difference > 0 && difference < 0.5)
  }

  @Test func refusesWhatATypeCannotHold() throws {
    let run = try TrainedRun()
    let result = try CommandLineTool.run(
      ["export", "run", "--type", "tq2_0", "--output", "a.gguf"], in: run.directory)
    #expect(result.exitCode == 2)
    #expect(result.errors.contains("f16, bf16, f32") && result.errors.contains("32"), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: run.directory.appending(path: "a.gguf").path))
  }

  @Test func verifyFindsWhatIsBroken() throws {
    let run = try PackedRun()
    try run.run("export", "run", "--type", "tq2_0", "--output", "a.gguf")
    let whole = try run.bytes("a.gguf")
    func problems(_ bytes: Data) throws -> String {
      try bytes.write(to: run.directory.appending(path: "broken.gguf"))
      let result = try CommandLineTool.run(["verify", "broken.gguf"], in: run.directory)
      #expect(result.exitCode == 1)
      return result.output
    }
    #expect(try problems(whole.dropLast(2000)).contains("cut off"))
    var spoilt = whole
    let matrices = try #require(whole.range(of: Data("blk.0.attn_q.weight".utf8)))
    #expect(matrices.lowerBound > 0)
    // The last tensor but the final norm is a packed matrix; all bits set are four codes 3.
    spoilt[whole.count - 1024 - 640] = 0xFF
    #expect(try problems(spoilt).contains("code 3"))
    var renamed = whole
    let key = try #require(whole.range(of: Data("tokenizer.ggml.model".utf8)))
    renamed.replaceSubrange(key, with: Data("tokenizer.ggml.nodel".utf8))
    #expect(try problems(renamed).contains("tokenizer.ggml.model is missing"))
    var doubled = whole
    let token = try #require(whole.range(of: Data(#"\x41"#.utf8)))
    doubled.replaceSubrange(token, with: Data(#"\x42"#.utf8))
    #expect(try problems(doubled).contains("more than once"))
  }
}
