import Foundation
import Testing

/// What `bitnet plan` says about a run, against the run.
@Suite struct PlanCommandTests {
  @Test func aFineTuningRecipeIsPlanned() throws {
    let place = try FineTuningPlace()
    let all = try place.base.json("plan", "sft.yaml")
    let adapters = try place.base.json("plan", "sft.yaml", "lora={rank: 4}")
    let parameters = try #require(all["parameters"] as? Int)
    #expect(all["trained_parameters"] as? Int == parameters)
    // Two layers: q, k, v, o, gate, up, down with rank 4 each.
    let trained = 2 * 4 * (2 * (256 + 256) + 2 * (256 + 128) + 3 * (256 + 256))
    #expect(adapters["trained_parameters"] as? Int == trained)
    #expect(adapters["parameters"] as? Int == parameters + trained)
    #expect(all["tokens"] as? Int == 60 * 2 * 2 * 64)
    let bytes = try #require(all["peak_memory_bytes"] as? Int)
    #expect(try #require(adapters["peak_memory_bytes"] as? Int) < bytes)
  }

  @Test func epochsArePlannedAsSteps() throws {
    let place = try FineTuningPlace()
    let arguments = ["dataset.packed=false", "max_steps=null", "max_epochs=2"]
    let result = try CommandLineTool.run(
      ["plan", "sft.yaml", "--json"] + arguments, in: place.base.directory, environment: place.environment)
    try #require(result.exitCode == 0, "\(result.errors)")
    let plan = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    // 54 examples (a tenth of 60 is held out), twice, two at a time, two micro-batches to a step.
    #expect(plan["tokens"] as? Int == 27 * 2 * 2 * 64)
  }

  @Test func pairsAreTwoSequences() throws {
    let place = try FineTuningPlace()
    let plan = try place.base.json("plan", "dpo.yaml", "model.from=run")
    #expect(plan["tokens"] as? Int == 60 * 2 * 2 * 2 * 64)
  }

  @Test func aMissingModelIsNamed() throws {
    let place = try FineTuningPlace()
    let result = try CommandLineTool.run(["plan", "sft.yaml", "model.from=nowhere"], in: place.base.directory)
    #expect(result.exitCode == 1 && result.errors.contains("nowhere"), "\(result.errors)")
  }
}
