import Foundation
import Testing

/// `bitnet export --format huggingface`.
@Suite struct FolderExportTests {
  @Test func aRunGivesTheFolderOfItsCheckpoint() throws {
    let run = try PackedRun()
    let report = try run.json("export", "run", "--format", "huggingface", "--output", "folder")
    let evaluation = try #require(try run.json("eval", "run")["bits_per_byte"] as? Double)
    #expect(report["architecture"] as? String == "BitNetForCausalLM")
    #expect(report["type"] as? String == "bf16" && report["tokenizer"] as? String == "copied")
    #expect(report["codes_different"] as? Int == 0 && report["values_rounded"] as? Int == 0)
    #expect(report["max_logit_difference"] as? Double == 0)
    #expect(report["bits_per_byte_trained"] as? Double == evaluation)
    #expect(report["bits_per_byte_packed"] as? Double == evaluation)
    #expect(report["file_bytes"] as? Int == (try run.bytes("folder/model.safetensors")).count)
    let checkpoint = try run.checkpoint()
    for file in ["model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"] {
      let isSame = try run.bytes("folder/\(file)") == Data(contentsOf: checkpoint.appending(path: file))
      #expect(isSame, "\(file)")
    }
    #expect(try run.run("verify", "folder").contains("no problems"))
    #expect(try run.entries == ["run", "text", "packed.yaml", "folder"])
  }

  /// Tensors, metadata and vocabulary.
  @Test(arguments: ["i2_s", "tq1_0", "tq2_0", "f16", "bf16", "f32"])
  func filesComeBackByteForByte(type: String) throws {
    let run = try PackedRun(specialTokens: ["<a>", "<b\n>"])
    try run.run("export", "run", "--type", type, "--output", "a.gguf")
    let report = try run.json("export", "a.gguf", "--format", "huggingface", "--output", "folder")
    #expect(report["type"] as? String == "packed" && report["tokenizer"] as? String == "written")
    #expect(report["max_logit_difference"] as? Double == 0)
    try run.run("export", "folder", "--type", type, "--output", "b.gguf")
    let isSame = try run.bytes("a.gguf") == run.bytes("b.gguf")
    #expect(isSame)
    try run.run("export", "a.gguf", "--type", type, "--output", "c.gguf")
    let isSameDirectly = try run.bytes("a.gguf") == run.bytes("c.gguf")
    #expect(isSameDirectly)
  }

  @Test func codesBecomeMastersAndBack() throws {
    let run = try PackedRun()
    try run.run("export", "run", "--type", "tq2_0", "--output", "a.gguf")
    let report = try run.json("export", "a.gguf", "--format", "huggingface", "--type", "f32", "--output", "masters")
    #expect(report["codes_different"] as? Int == 0 && report["max_logit_difference"] as? Double == 0)
    try run.run("export", "masters", "--type", "tq2_0", "--output", "b.gguf")
    let isSame = try run.bytes("a.gguf") == run.bytes("b.gguf")
    #expect(isSame)
  }

  @Test func wrongUsageWritesNothing() throws {
    let run = try PackedRun()
    func errors(_ arguments: String..., code: Int32 = 2) throws -> String {
      let result = try CommandLineTool.run(
        ["export", "run", "--format", "huggingface"] + arguments, in: run.directory)
      #expect(result.exitCode == code, "\(arguments)")
      return result.errors
    }
    #expect(try errors("--type", "tq2_0", "--output", "a").contains("packed, f16, bf16 or f32"))
    #expect(try errors("--head-type", "f32", "--output", "a").contains("goes with --type packed"))
    #expect(try errors("--adapter", "x", "--output", "a").contains("GGUF"))
    #expect(try errors("--output", "run", code: 1).contains("exists already"))
    let file = try CommandLineTool.run(
      ["export", "run", "--type", "packed", "--output", "a.gguf"], in: run.directory)
    #expect(file.exitCode == 2 && file.errors.contains("huggingface"))
    #expect(try run.entries == ["run", "text", "packed.yaml"])
  }
}
