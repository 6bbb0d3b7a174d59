import Foundation
import Testing

/// Exported files in llama.cpp. Its activations have one scale per block of 256 numbers, ours one per row: a model whose
/// rows are all 256 wide is the same function in both, any other nearly.
@Suite(.enabled(if: Python.has("xllamacpp"), "set BITNET_PYTHON to a Python with the package xllamacpp"))
struct LlamaCppTests {
  private static let types = ["tq1_0", "tq2_0"]

  @Test func rowsOfOneBlockGiveTheSameText() throws {
    let run = try PackedRun()
    let prompts = (0..<10).map { Data("Line \($0 * 37): ".utf8) }
    for type in Self.types {
      try run.run("export", "run", "--type", type, "--output", "a.gguf", "--head-type", "f32")
      let program = LlamaCpp(file: run.directory.appending(path: "a.gguf"))
      #expect(try program.agreement(on: prompts, count: 48) == 10, "\(type)")
      // What the file says is what the checkpoint says.
      let report = try run.json(
        "generate", "run", "--prompt", "Line 37: ", "--temperature", "0", "--max-new-tokens", "48")
      let text = try program.continuations(of: [prompts[1]], count: 48)[0]
      #expect(report["text"] as? String == String(decoding: text, as: UTF8.self), "\(type)")
    }
  }

  @Test func widerRowsGiveNearlyTheSameBytes() throws {
    let run = try PackedRun(intermediateSize: 768)
    let text = try run.bytes("text")
    let prompts = (0..<200).map { text.dropFirst(16_000 + 25 * $0).prefix(40) }
    for type in Self.types {
      try run.run("export", "run", "--type", type, "--output", "a.gguf", "--head-type", "f32")
      let agreed = try LlamaCpp(file: run.directory.appending(path: "a.gguf")).agreement(on: prompts, count: 1)
      #expect(agreed >= 194, "\(type): \(agreed) of 200")
    }
  }

  // MARK: - Models that learnt from real text

  @Test(.enabled(if: LongTests.areWanted && LongTests.corpus != nil, "\(LongTests.note)"))
  func trainedRowsOfOneBlockGiveTheSameText() throws {
    // Two layers: in deeper models a difference in the last place sooner or later turns the rounding of an activation,
    // and what follows differs by some thousandths, which decides between tokens that are nearly equally likely.
    let run = try CorpusRun(
      recipe: "enwik8-small-swiglu", steps: 800,
      overrides: ["model.intermediate_size=256", "model.num_hidden_layers=2"])
    let prompts = (0..<10).map { run.heldOut.dropFirst(14_000 * $0).prefix(24) }
    for type in Self.types {
      try run.run(["export", "run", "--type", type, "--output", "\(type).gguf", "--head-type", "f32"])
      let program = LlamaCpp(file: run.directory.appending(path: "\(type).gguf"))
      #expect(try program.agreement(on: prompts, count: 64) == 10, "\(type)")
    }
  }

  @Test(.enabled(if: LongTests.areWanted && LongTests.corpus != nil, "\(LongTests.note)"))
  func trainedSwiGLUGivesNearlyTheSameBytes() throws {
    let run = try CorpusRun(recipe: "enwik8-small-swiglu", steps: 500)
    let prompts = (0..<200).map { run.heldOut.dropFirst(700 * $0).prefix(120) }
    for type in Self.types {
      try run.run(["export", "run", "--type", type, "--output", "\(type).gguf", "--head-type", "f32"])
      let agreed = try LlamaCpp(file: run.directory.appending(path: "\(type).gguf")).agreement(on: prompts, count: 1)
      #expect(agreed >= 194, "\(type): \(agreed) of 200")
    }
  }
}
