import Architectures
import FileFormats
import Foundation
import Kernels
import Testing

/// `bitnet inspect`.
@Suite struct InspectCommandTests {
  private static let configuration = Architecture(
    vocabularySize: 4, hiddenSize: 4, hiddenLayerCount: 1, attentionHeadCount: 2, keyValueHeadCount: 2,
    intermediateSize: 4)

  /// A run folder whose matrices are all 2, -2, 0, 1 per row: mean magnitude 1.25, codes +1, -1, 0 and +1.
  private func withRun<Result>(norm: Float = 1, _ body: (URL) throws -> Result) throws -> Result {
    let run = FileManager.default.temporaryDirectory.appending(path: "inspect-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: run) }
    let step = try AtomicDirectory(target: run.appending(path: "step-000001"))
    try step.write(Self.configuration.huggingFaceJSON(), to: "config.json")
    let entries = Self.configuration.parameters.map { parameter in
      let row: [Float] = [2, -2, 0, 1]
      let values = parameter.isNorm ? [norm, 1, 1, 1] : row + row + row + row
      return SafetensorsWriter.Entry(name: parameter.name, shape: parameter.shape, bfloat16s: values.map(BFloat16.init))
    }
    try SafetensorsWriter.write(entries, to: step.temporary.appending(path: "model.safetensors"))
    try step.commit()
    try AtomicFile.write(to: run.appending(path: "latest"), contents: Data("step-000001\n".utf8))
    return try body(run)
  }

  private func inspect(_ url: URL) throws -> [String: Any] {
    let result = try CommandLineTool.run(["inspect", url.path, "--json"])
    #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.errors)")
    return try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test func countsTheCodesOfTheNewestCheckpoint() throws {
    try withRun { run in
      let report = try inspect(run)
      #expect(report["architecture"] as? String == "BitNetForCausalLM")
      #expect(report["parameters"] as? Int == Self.configuration.parameterCount)
      let tensors = try #require(report["tensors"] as? [[String: Any]])
      #expect(tensors.count == Self.configuration.parameters.count)
      let query = try #require(tensors.first { $0["kind"] as? String == "query" })
      #expect(query["name"] as? String == "model.layers.0.self_attn.q_proj.weight")
      #expect(query["shape"] as? [Int] == [4, 4])
      #expect(query["type"] as? String == "BF16")
      #expect([query["minus"], query["zero"], query["plus"]].map { $0 as? Int } == [4, 4, 8])
      #expect(query["gamma"] as? Double == 1.25)
      #expect(tensors.filter { $0["zero"] != nil }.count == 7)
    }
  }

  @Test func printsATable() throws {
    try withRun { run in
      let result = try CommandLineTool.run(["inspect", run.path])
      #expect(result.exitCode == 0)
      #expect(result.output.contains("1 layers, width 4, 2 heads"))
      #expect(result.output.contains("all 7 quantised matrices"))
      #expect(result.output.contains("25.0%  25.0%  50.0%"))
      #expect(!result.output.contains("warning"))
    }
  }

  @Test func pointsAtBrokenNumbers() throws {
    try withRun(norm: .nan) { run in
      let result = try CommandLineTool.run(["inspect", run.path])
      #expect(result.output.contains("warning: NaN or infinite values in model.layers.0.input_layernorm.weight"))
    }
  }

  @Test func aFileAloneHasNoCodes() throws {
    try withRun { run in
      let report = try inspect(run.appending(path: "step-000001/model.safetensors"))
      let tensors = try #require(report["tensors"] as? [[String: Any]])
      #expect(tensors.count == Self.configuration.parameters.count)
      #expect(tensors.allSatisfy { $0["zero"] == nil })
    }
  }

  @Test func damageAndAbsenceExitWithOne() throws {
    try withRun { run in
      let weights = run.appending(path: "step-000001/model.safetensors")
      try Data(contentsOf: weights).dropLast().write(to: weights)
      let damaged = try CommandLineTool.run(["inspect", run.path])
      #expect(damaged.exitCode == 1 && damaged.output.isEmpty)
      #expect(damaged.errors.contains("cut off"))
      let missing = try CommandLineTool.run(["inspect", run.appending(path: "nothing").path])
      #expect(missing.exitCode == 1)
      #expect(missing.errors.contains("no such file or directory"))
    }
  }
}
