import Foundation
import Testing

/// A recipe of the package trained on the first bytes of enwik8 for minutes, in a fresh folder that goes with this
/// object.
final class CorpusRun {
  let directory: URL
  /// Held out of training, from the same file.
  let heldOut: Data

  static let validationStart = 2_850_000

  /// - Parameter overrides: `key=value`, as on the command line.
  init(recipe: String, steps: Int, overrides: [String] = []) throws {
    let corpus = try #require(LongTests.corpus)
    heldOut = try Data(contentsOf: corpus).dropFirst(Self.validationStart)
    directory = FileManager.default.temporaryDirectory.appending(path: "bitnet-corpus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let settings = [
      "dataset.path=\(corpus.path)", "dataset.train=0:\(Self.validationStart)",
      "dataset.validation=\(Self.validationStart):", "max_steps=\(steps)", "lr_scheduler.num_warmup_steps=50",
      "eval_tokens=50000", "eval_every_n_steps=\(steps)", "save_every_n_steps=\(steps)",
    ]
    let recipe = CommandLineTool.root.appending(path: "recipes/\(recipe).yaml").path
    try run(["train", recipe, "--output", "run"] + settings + overrides)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Runs a command that must succeed in `directory`.
  @discardableResult
  func run(_ arguments: [String], environment: [String: String] = [:]) throws -> String {
    let result = try CommandLineTool.run(arguments, in: directory, environment: environment)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return result.output
  }

  func json(_ arguments: [String], environment: [String: String] = [:]) throws -> [String: Any] {
    let output = try run(arguments + ["--json"], environment: environment)
    return try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
  }
}
