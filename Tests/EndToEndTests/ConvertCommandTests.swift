import Foundation
import TestSupport
import Testing

/// `bitnet convert`.
@Suite struct ConvertCommandTests {
  /// A run in full precision, without the norms of BitNet.
  private func fullPrecisionRun() throws -> TrainedRun {
    let run = try TrainedRun(steps: 30)
    let result = try CommandLineTool.run(
      [
        "train", "tiny.yaml", "--output", "full", "bitlinear.weight_quant=none", "model.sub_norms=none",
        "model.hidden_act=silu",
      ],
      in: run.directory)
    try #require(result.exitCode == 0, "\(result.errors)")
    return run
  }

  @Test func numbersStayAndLayersAreQuantised() throws {
    let run = try fullPrecisionRun()
    let report = try run.json("convert", "full", "--output", "converted", "--data", "text", "--json")
    #expect(report["maximum_logit_difference"] as? Double == 0 && report["added_norms"] as? Int == 0)
    #expect(report["agreeing_tokens"] as? Int == report["compared_tokens"] as? Int)
    let loss = try #require(report["loss_original"] as? Double)
    #expect(report["loss_converted"] as? Double == loss && (report["loss_quantized"] as? Double ?? 0) > loss)
    // 2 layers of 7 matrices.
    #expect(report["quantized_matrices"] as? Int == 14)
    let packed = try run.json(
      "export", "converted", "--format", "huggingface", "--type", "packed", "--output", "packed", "--data", "text",
      "--json")
    #expect(packed["codes_different"] as? Int == 0 && packed["max_logit_difference"] as? Double == 0)
    let trained = try CommandLineTool.run(
      ["train", "tiny.yaml", "--output", "on", "model={from: converted}", "max_steps=2"], in: run.directory)
    #expect(trained.exitCode == 0, "\(trained.errors)")
  }

  @Test(arguments: [("bitnet", 4), ("projection", 14)])
  func addedNormsChangeLittle(kind: String, count: Int) throws {
    let run = try fullPrecisionRun()
    let report = try run.json(
      "convert", "full", "--output", "converted", "--sub-norms", kind, "--data", "text", "--json")
    #expect(report["added_norms"] as? Int == count && report["sub_norms"] as? String == kind)
    let (loss, converted) = (report["loss_original"] as? Double ?? 0, report["loss_converted"] as? Double ?? .infinity)
    // Gains of 1 cost more than a nat here.
    #expect(converted - loss < 0.3, "\(loss), \(converted)")
    #expect(report["maximum_logit_difference"] as? Double ?? 0 > 0)
    let evaluation = try CommandLineTool.run(
      ["eval", "converted", "--data", "text", "--max-tokens", "500", "--json"], in: run.directory)
    #expect(evaluation.exitCode == 0, "\(evaluation.errors)")
  }

  @Test func whatCannotBeConvertedIsRefusedBeforeAnythingIsWritten() throws {
    let run = try fullPrecisionRun()
    func refusal(_ arguments: String...) throws -> String {
      let result = try CommandLineTool.run(["convert"] + arguments, in: run.directory)
      #expect(result.exitCode != 0 && !result.errors.isEmpty)
      return result.errors
    }
    #expect(try refusal("run", "--output", "new").contains("is a BitNet already"))
    #expect(try refusal("full", "--output", "full").contains("exists"))
    let other = try CommandLineTool.run(
      ["train", "tiny.yaml", "--output", "norms", "bitlinear.weight_quant=none", "max_steps=1"], in: run.directory)
    try #require(other.exitCode == 0, "\(other.errors)")
    #expect(try refusal("norms", "--output", "new", "--sub-norms", "projection").contains("has the norms \"bitnet\""))
    #expect(try refusal("full", "--output", "new", "--max-tokens", "0").contains("--max-tokens"))
    #expect(!FileManager.default.fileExists(atPath: run.directory.appending(path: "new").path))
  }
}
