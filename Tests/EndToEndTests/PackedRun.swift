import Foundation
import Testing

/// A trained model whose rows every packed type can hold, in a fresh folder that goes with this object.
final class PackedRun {
  let directory: URL

  /// - Parameters:
  ///   - specialTokens: of the tokenizer, besides the bytes.
  ///   - scaleDataType: transformers does not round its scales: float32.
  init(
    activation: String = "silu", intermediateSize: Int = 256, specialTokens: [String] = [],
    scaleDataType: String = "float16"
  ) throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "bitnet-packed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let text = (0..<600).map { "Line \($0): \($0 * $0) is the square of \($0).\n" }.joined()
    try Data(text.utf8).write(to: directory.appending(path: "text"))
    let recipe = """
      recipe: pretrain
      output_dir: run
      model:
        {hidden_size: 256, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2,
         intermediate_size: \(intermediateSize), hidden_act: \(activation), max_position_embeddings: 128}
      bitlinear: {scale_dtype: \(scaleDataType)}
      tokenizer: {type: byte, special_tokens: [\(specialTokens.map { "\"\($0)\"" }.joined(separator: ", "))]}
      dataset: {path: text, train: "0:16000", validation: "16000:"}
      max_seq_len: 64
      batch_size: 4
      max_steps: 40
      optimizer: {type: adamw, lr: 2.0e-3}
      lr_scheduler: {type: constant}
      eval_every_n_steps: 40
      eval_tokens: 1000
      """
    try Data(recipe.utf8).write(to: directory.appending(path: "packed.yaml"))
    try run("train", "packed.yaml")
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Runs a command that must succeed in `directory`.
  @discardableResult
  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> String {
    let result = try CommandLineTool.run(arguments, in: directory, environment: environment)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return result.output
  }

  func json(_ arguments: String..., environment: [String: String] = [:]) throws -> [String: Any] {
    let result = try CommandLineTool.run(arguments + ["--json"], in: directory, environment: environment)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: directory.appending(path: name)) }

  /// The newest checkpoint of the run.
  func checkpoint() throws -> URL {
    let folder = directory.appending(path: "run")
    let latest = try String(contentsOf: folder.appending(path: "latest"), encoding: .utf8)
    return folder.appending(path: latest.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  var entries: Set<String> {
    get throws { Set(try FileManager.default.contentsOfDirectory(atPath: directory.path)) }
  }
}
