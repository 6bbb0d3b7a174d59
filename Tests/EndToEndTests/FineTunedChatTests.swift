import Foundation
import Testing

/// A model that was fine-tuned with a chat template is asked with the same one everywhere.
@Suite struct FineTunedChatTests {
  /// Rows whose answer a few steps cannot teach, of a length that training takes.
  private static let rows = (0..<40).map {
    #"{"prompt": "line \#($0)", "completion": "\#($0 * $0) is the square of \#($0)."}"# + "\n"
  }

  private func tuned(_ template: String) throws -> PackedRun {
    let run = try PackedRun()
    try Data(Self.rows.joined().utf8).write(to: run.directory.appending(path: "rows.jsonl"))
    let recipe = """
      recipe: sft
      output_dir: tuned
      model: {from: run}
      dataset: {path: rows.jsonl, packed: true}
      chat_template: \(template)
      max_seq_len: 64
      batch_size: 4
      max_steps: 12
      optimizer: {type: adamw, lr: 1.0e-3}
      lr_scheduler: {type: constant}
      """
    try Data(recipe.utf8).write(to: run.directory.appending(path: "tune.yaml"))
    try run.run("train", "tune.yaml")
    return run
  }

  /// What `data check` says was answered to the first row.
  private func answer(_ run: PackedRun, _ model: String) throws -> String {
    let result = try CommandLineTool.run(
      ["data", "check", model, "--file", "rows.jsonl", "--limit", "1", "--max-new-tokens", "20", "--verbose"],
      in: run.directory)
    try #require(result.exitCode == 0, "\(result.errors)")
    let line = try #require(result.errors.split(separator: "\n").first { $0.hasPrefix("line 0 | ") })
    return line.components(separatedBy: " | ")[2]
  }

  @Test func checkpointAndExportedFileAnswerAlike() throws {
    let run = try tuned("bitnet")
    try run.run("export", "tuned", "--type", "tq2_0", "--output", "a.gguf", "--head-type", "f32")
    #expect(try answer(run, "a.gguf") == answer(run, "tuned"))
    let report = try run.json("data", "check", "a.gguf", "--file", "rows.jsonl", "--limit", "2")
    #expect(report["questions"] as? Int == 2 && report["exact_match"] is NSNumber && report["stopped"] is NSNumber)
  }

  /// llama.cpp renders the template of the file and finds its special tokens.
  @Test(
    .enabled(if: Python.has("xllamacpp"), "set BITNET_PYTHON to a Python with the package xllamacpp"),
    arguments: [("bitnet", 1 + 6 + 6 + 1 + 11), ("chatml", 1 + 5 + 6 + 1 + 1 + 1 + 10), ("plain", 6)])
  func llamaCppAsksAlike(template: String, promptTokens: Int) throws {
    let run = try tuned(template)
    try run.run("export", "tuned", "--type", "tq2_0", "--output", "a.gguf", "--head-type", "f32")
    let line = try Python.run(script: "llama_cpp_chat.py", "a.gguf", "line 0", "20", in: run.directory)
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    #expect(object?["prompt_tokens"] as? Int == promptTokens)
    let expected = try answer(run, "tuned").replacing(" …", with: "")
    let content = try #require(object?["content"] as? String)
    #expect(content.trimmingCharacters(in: .whitespaces) == expected.trimmingCharacters(in: .whitespaces))
  }
}
