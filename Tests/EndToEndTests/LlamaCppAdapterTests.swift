import Foundation
import Testing

/// An adapter on a model that learnt from real text, in llama.cpp.
@Suite(
  .enabled(if: Python.has("xllamacpp"), "set BITNET_PYTHON to a Python with the package xllamacpp"),
  .enabled(if: LongTests.areWanted && LongTests.corpus != nil, "\(LongTests.note)"))
struct LlamaCppAdapterTests {
  /// Rows of 768 have three scales there and one here, which turns a few nearly equal bytes; the adapter turns many
  /// more.
  @Test func anAdapterChangesTheNextByteAsItDoesHere() throws {
    let run = try CorpusRun(recipe: "enwik8-small-swiglu", steps: 500, overrides: ["batch_size=8", "eval_tokens=2000"])
    let data = CommandLineTool.root.appending(path: "data")
    try run.run([
      "train", CommandLineTool.root.appending(path: "recipes/lora-quickstart.yaml").path, "--output", "tuned",
      "model.from=run", "dataset.path=\(data.path)/tasks.jsonl",
      "dataset.validation_path=\(data.path)/tasks-heldout.jsonl", "max_steps=80", "eval_every_n_steps=80",
      "save_every_n_steps=80",
    ])
    try run.run(["export", "tuned/base", "--type", "tq2_0", "--output", "base.gguf", "--head-type", "f32"])
    try run.run(["export", "tuned/base", "--adapter", "tuned", "--output", "adapter.gguf"])
    let base = run.directory.appending(path: "base.gguf")
    let plain = LlamaCpp(file: base)
    let adapted = LlamaCpp(file: base, adapter: run.directory.appending(path: "adapter.gguf"))

    let prompts = try prompts(data, run.heldOut)
    try #require(prompts.count == 200)
    let without = try plain.continuations(of: prompts, count: 1)
    let with = try adapted.continuations(of: prompts, count: 1)
    // Ours reads the adapter as training left it.
    let trained = LlamaCpp(file: base, adapter: run.directory.appending(path: "tuned/step-000080"))
    let own = try trained.ownContinuations(of: prompts, count: 1)
    let agreed = zip(with, own).count { $0 == $1 }
    let changed = zip(with, without).count { $0 != $1 }
    let ownChanged = zip(own, try plain.ownContinuations(of: prompts, count: 1)).count { $0 != $1 }
    print("\(agreed) of 200 agree; the adapter changes \(changed) there and \(ownChanged) here")
    #expect(agreed >= 194, "\(agreed) of 200")
    #expect(changed >= 40, "\(changed) of 200 changed")
    #expect(abs(changed - ownChanged) <= 6, "\(changed) of 200 changed there, \(ownChanged) here")
  }

  /// Tasks that the adapter was trained for, and text that it was not.
  private func prompts(_ data: URL, _ text: Data) throws -> [Data] {
    struct Row: Decodable { let prompt: String }
    let lines = try String(contentsOf: data.appending(path: "tasks-heldout.jsonl"), encoding: .utf8)
      .split(separator: "\n").prefix(100)
    let tasks = try lines.map { Data(try JSONDecoder().decode(Row.self, from: Data($0.utf8)).prompt.utf8) }
    return tasks + (0..<100).map { text.dropFirst(1400 * $0).prefix(120) }
  }
}
