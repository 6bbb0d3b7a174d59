import Architectures
import FileFormats
import Foundation
import Testing
import TestSupport

/// What adapter_config.json says, against the tensors beside it.
@Suite struct AdapterFolderTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func open(_ ranks: [String: Int], _ settings: [String: JSONValue]) throws -> LoRAAdapter {
    let folder = directory.url.appendingPathComponent(UUID().uuidString)
    return try LoRAAdapter(AdapterFixture.write(to: folder, ranks: ranks, settings: settings))
  }

  private func problems(_ ranks: [String: Int], _ settings: [String: JSONValue]) -> [String] {
    do {
      _ = try open(ranks, settings)
      return []
    } catch let error as AdapterError {
      return error.problems
    } catch {
      Issue.record(error)
      return []
    }
  }

  // MARK: - Ranks

  @Test func anotherRankThanThatOfTheTensorsIsRefused() {
    let ranks = ["0.self_attn.q_proj": 4, "1.self_attn.q_proj": 4]
    #expect(problems(ranks, ["r": .integer(4)]) == [])
    #expect(
      problems(ranks, ["r": .integer(8)]) == [
        "adapter_model.safetensors: the factors of model.layers.0.self_attn.q_proj.weight (and of 1 more) have rank 4, "
          + "expected 8, as r and rank_pattern of adapter_config.json say"
      ])
  }

  @Test func theErrorNamesTheFolder() {
    let error = #expect(throws: AdapterError.self) { try open(["0.mlp.up_proj": 2], ["r": .integer(3)]) }
    #expect(error?.path.hasPrefix(directory.url.path) == true)
  }

  @Test(arguments: [1e39, 1e-39, 0]) func anAlphaThatFloatsDoNotHoldIsRefused(_ alpha: Double) {
    let problems = problems(["0.mlp.up_proj": 2], ["r": .integer(2), "lora_alpha": .number(alpha)])
    #expect(problems.count == 1 && problems[0].hasPrefix("lora_alpha is "), "\(problems)")
  }

  @Test func ranksOfSingleLayers() {
    let ranks = ["0.self_attn.q_proj": 4, "1.self_attn.q_proj": 6, "11.self_attn.q_proj": 4]
    func problems(_ pattern: [String: JSONValue]) -> Int {
      self.problems(ranks, ["r": .integer(4), "rank_pattern": .object(pattern)]).count
    }
    #expect(problems([:]) == 1)
    #expect(problems(["1.self_attn.q_proj": .integer(6)]) == 0)
    #expect(problems(["model.layers.1.self_attn.q_proj": .integer(6)]) == 0)
    #expect(problems(["^model\\.layers\\.1\\.self_attn\\.q_proj": .integer(6)]) == 0)
    // The end of a name, not any part of it; anchored, a whole name.
    #expect(problems(["^self_attn.q_proj": .integer(6)]) == 1)
    #expect(problems(["f_attn.q_proj": .integer(6)]) == 1)
    // For all layers then: those with r are wrong.
    #expect(problems(["q_proj": .integer(6)]) == 1)
    #expect(problems(["1.self_attn.q_proj": .integer(5)]) == 1)
    // A regular expression may mean any layer.
    #expect(problems([#"layers\.[1-3]\..*"#: .integer(6)]) == 0)
    #expect(problems([#"layers\.[1-3]\..*"#: .integer(7)]) == 1)
    #expect(problems(["1.self_attn.q_proj": .string("6")]) == 1)
  }

  // MARK: - The base model

  @Test(arguments: [JSONValue.string(""), .null])
  func aBaseThatIsNotNamedIsLookedForInTheRun(_ path: JSONValue) throws {
    let run = directory.url.appendingPathComponent("run")
    let folder = try AdapterFixture.write(
      to: run.appendingPathComponent("step-000001"), ranks: ["0.mlp.up_proj": 2],
      settings: ["r": .integer(2), "base_model_name_or_path": path])
    let adapter = try LoRAAdapter(folder)
    #expect(adapter.baseModel == nil)
    let error = #expect(throws: AdapterError.self) { try adapter.locateBase() }
    #expect(error?.description.contains("is not named in adapter_config.json") == true)
    #expect(error?.description.contains("--adapter") == true)
    try FileSystem.createDirectories(run.appendingPathComponent("base"))
    #expect(try adapter.locateBase().lastPathComponent == "base")
  }
}
