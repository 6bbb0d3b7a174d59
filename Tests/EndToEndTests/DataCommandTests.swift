import Foundation
import Testing

@Suite struct DataCommandTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "bitnet-data-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let rows = """
      {"prompt": "reverse: ab", "completion": "ba", "id": 1}
      {"prompt": "copy: ab", "completion": "line one\\nline two"}
      {"prompt": "copy: long", "completion": "\(String(repeating: "x", count: 80))"}

      """
    try Data(rows.utf8).write(to: folder.appending(path: "rows.jsonl"))
    let recipe = """
      recipe: sft
      output_dir: out
      model: {from: nowhere}
      dataset: {path: rows.jsonl, overlong: drop}
      chat_template: bitnet
      max_seq_len: 64
      batch_size: 2
      max_steps: 10
      optimizer: {lr: 1.0e-3}
      """
    try Data(recipe.utf8).write(to: folder.appending(path: "tiny.yaml"))
  }

  private func run(_ arguments: String..., environment: [String: String] = [:]) throws -> CommandLineTool.Result {
    defer { try? FileManager.default.removeItem(at: folder) }
    return try CommandLineTool.run(arguments, in: folder, environment: environment)
  }

  @Test func previewMarksWhatIsTrained() throws {
    let result = try run("data", "preview", "tiny.yaml")
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.contains("line 1: <|begin_of_text|>User: reverse: ab<|eot_id|>Assistant: «ba<|eot_id|>»\n"))
    #expect(result.output.contains("«line one⏎\nline two<|eot_id|>»"))
    let totals = result.output.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
    #expect(totals.contains(["rows", "3,", "2", "examples"]))
    #expect(totals.contains { $0.starts(with: ["over-long", "rows", "1:", "0", "truncated,", "1", "dropped,"]) })
    #expect(totals.contains(["keys", "not", "used", "id"]))
  }

  @Test func previewColours() throws {
    let result = try run("data", "preview", "tiny.yaml", "--color", "always", "--rows", "1")
    #expect(result.output.contains("Assistant: \u{1B}[32mba<|eot_id|>\u{1B}[0m\n"))
    #expect(!result.output.contains("«") && !result.output.contains("line two"))
  }

  @Test func previewCountsWhatTrainingRefuses() throws {
    let result = try run("data", "preview", "tiny.yaml", "dataset.overlong=error", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let training = try #require((object as? [String: [String: Any]])?["training"])
    #expect(training["overlong_rows"] as? Int == 1 && training["refuses_overlong"] as? Bool == true)
    #expect(training["rows"] as? Int == 3 && training["ignored_keys"] as? [String] == ["id"])
  }

  @Test func previewNamesBrokenRows() throws {
    try Data("{\"prompt\": \"Q\"}".utf8).write(to: folder.appending(path: "rows.jsonl"))
    let result = try run("data", "preview", "tiny.yaml")
    #expect(result.exitCode == 1 && result.errors.contains("rows.jsonl:1: has none of the known shapes"))
    #expect(result.output.isEmpty)
  }

  @Test func tasksAreWrittenOnce() throws {
    let first = try CommandLineTool.run(["data", "make-tasks", "--output", "made"], in: folder)
    #expect(first.exitCode == 0 && first.output.contains("tasks-heldout.jsonl: 480 rows"))
    let second = try run("data", "make-tasks", "--output", "made")
    #expect(second.exitCode == 1 && second.errors.contains("tasks.jsonl: exists already"))
  }

  @Test func checkCountsAnswers() throws {
    let run = try TrainedRun()
    let rows = try Data(contentsOf: folder.appending(path: "rows.jsonl"))
    try rows.write(to: run.directory.appending(path: "q.jsonl"))
    // The model has no template and no token for the end of an answer.
    let bare = try CommandLineTool.run(["data", "check", "run", "--file", "q.jsonl"], in: run.directory)
    #expect(bare.exitCode == 2 && bare.errors.contains("--chat-template"))
    let lacking = try CommandLineTool.run(
      ["data", "check", "run", "--file", "q.jsonl", "--chat-template", "plain"], in: run.directory)
    #expect(lacking.exitCode == 1 && lacking.errors.contains("no special token <|endoftext|>"))
    try? FileManager.default.removeItem(at: folder)
  }
}
