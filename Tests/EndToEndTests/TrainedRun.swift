import Foundation
import Testing

/// A run of a few steps of a tiny model, in a fresh folder that goes with this object.
final class TrainedRun {
  let directory: URL
  var folder: URL { directory.appending(path: "run") }
  /// The validation loss that training logged last.
  let validation: [String: Double]

  init(steps: Int = 6) throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "bitnet-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let text = (0..<600).map { "Line \($0): \($0 * $0) is the square of \($0).\n" }.joined()
    try Data(text.utf8).write(to: directory.appending(path: "text"))
    let recipe = """
      recipe: pretrain
      output_dir: run
      model:
        {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, intermediate_size: 48}
      tokenizer: {type: byte}
      dataset: {path: text, train: "0:16000", validation: "16000:"}
      max_seq_len: 48
      batch_size: 4
      max_steps: \(steps)
      optimizer: {type: adamw, lr: 4.0e-3}
      lr_scheduler: {type: constant}
      eval_every_n_steps: \(steps)
      eval_tokens: 1000
      """
    try Data(recipe.utf8).write(to: directory.appending(path: "tiny.yaml"))
    let result = try CommandLineTool.run(["train", "tiny.yaml"], in: directory)
    try #require(result.exitCode == 0, "\(result.errors)")
    let metrics = try String(contentsOf: directory.appending(path: "run/metrics.jsonl"), encoding: .utf8)
    let line = try #require(metrics.split(separator: "\n").last { $0.contains("validation_bits_per_byte") })
    let members = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Double]
    validation = try #require(members)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Runs a command in `directory` and reads the JSON object that it prints.
  func json(_ arguments: String..., environment: [String: String] = [:]) throws -> [String: Any] {
    let result = try CommandLineTool.run(arguments, in: directory, environment: environment)
    try #require(result.exitCode == 0, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    return try #require(object)
  }
}
