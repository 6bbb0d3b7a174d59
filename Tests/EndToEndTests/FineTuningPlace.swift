import Foundation
import Testing

/// A pretrained model, examples and recipes for fine-tuning it in seconds, in a fresh folder.
final class FineTuningPlace {
  let base: PackedRun

  init(activation: String = "silu", scaleDataType: String = "float16") throws {
    base = try PackedRun(activation: activation, scaleDataType: scaleDataType)
    let tasks = (0..<60).map { number in
      #"{"prompt": "say \#(number): ", "completion": "\#(String(repeating: "\(number) ", count: number % 4 + 1))"}"#
    }
    let preferences = (0..<40).map { number in
      #"{"prompt": "greet \#(number): ", "chosen": "hello \#(number)", "rejected": "go away, \#(number), go away"}"#
    }
    try write("tasks.jsonl", tasks.joined(separator: "\n"))
    try write("preferences.jsonl", preferences.joined(separator: "\n"))
    try write("sft.yaml", Self.recipe("sft", data: "{path: tasks.jsonl, validation_fraction: 0.1, packed: true}"))
    try write("kto.yaml", Self.recipe("kto", data: "{path: preferences.jsonl, validation_fraction: 0.1}"))
    try write("dpo.yaml", Self.recipe("dpo", data: "{path: preferences.jsonl, validation_fraction: 0.1}"))
  }

  /// Checkpoints fall between log lines, evaluations between both.
  private static func recipe(_ kind: String, data: String) -> String {
    """
    recipe: \(kind)
    output_dir: tuned
    model: {from: run}
    dataset: \(data)
    chat_template: plain
    max_seq_len: 64
    batch_size: 2
    gradient_accumulation_steps: 2
    max_steps: 60
    optimizer: {lr: 1.0e-3}
    lr_scheduler: {type: cosine, num_warmup_steps: 5}
    log_every_n_steps: 4
    eval_every_n_steps: 15
    save_every_n_steps: 5
    """
  }

  func url(_ path: String) -> URL { base.directory.appending(path: path) }

  func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: url(name)) }

  /// Where reference log-probabilities are kept.
  var environment: [String: String] { ["XDG_CACHE_HOME": url("cache").path] }

  static func arguments(_ recipe: String, _ output: String, _ overrides: [String]) -> [String] {
    ["train", recipe] + overrides + ["--output", output, "--threads", "1"]
  }

  func train(_ recipe: String, _ output: String, _ overrides: [String] = []) throws -> CommandLineTool.Result {
    try CommandLineTool.run(
      Self.arguments(recipe, output, overrides), in: base.directory, environment: environment)
  }

  /// Trains, and kills the process when it has logged a step from `step` on.
  func trainAndKill(_ recipe: String, _ output: String, _ overrides: [String], after step: Int) throws {
    let process = Process()
    process.executableURL = CommandLineTool.executable
    process.arguments = Self.arguments(recipe, output, overrides)
    process.currentDirectoryURL = base.directory
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let mark = "\"step\":\(step),"
    while process.isRunning, (try? log(output).contains { $0.contains(mark) }) != true {
      Thread.sleep(forTimeInterval: 0.005)
    }
    #expect(process.isRunning, "the run ended before it could be killed")
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// The lines of metrics.jsonl without what the clock decides.
  func log(_ run: String) throws -> [String] {
    try String(contentsOf: url("\(run)/metrics.jsonl"), encoding: .utf8).split(separator: "\n").map {
      String($0.prefix(upTo: $0.range(of: ",\"tokens_per_second\"")?.lowerBound ?? $0.endIndex))
    }
  }
}
