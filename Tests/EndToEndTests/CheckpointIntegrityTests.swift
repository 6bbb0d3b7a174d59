import Foundation
import Testing

/// A checkpoint is what its run wrote, or somebody says so.
@Suite struct CheckpointIntegrityTests {
  private let run: PackedRun
  private let step = "run/step-000040"

  init() throws { run = try PackedRun() }

  private func tool(_ arguments: [String]) throws -> CommandLineTool.Result {
    try CommandLineTool.run(
      arguments, in: run.directory, environment: ["XDG_CACHE_HOME": run.directory.appending(path: "cache").path])
  }

  private func flipABit(of name: String) throws {
    let file = run.directory.appending(path: "\(step)/\(name)")
    var bytes = try Data(contentsOf: file)
    // Of the last mantissa digit: still a number, and hardly another one.
    bytes[bytes.count - 2] ^= 1
    try bytes.write(to: file)
  }

  @Test func aFlippedBitIsFoundByWhateverOpensTheModel() throws {
    let commands = [
      ["eval", "run"], ["generate", "run", "--prompt", "Line", "--max-new-tokens", "1"],
      ["export", "run", "--type", "tq2_0", "--output", "out.gguf"], ["verify", "run"],
      ["train", "second.yaml"],
    ]
    let second = """
      recipe: pretrain
      output_dir: second
      model: {from: run}
      dataset: {path: text, train: "0:16000"}
      max_seq_len: 64
      max_steps: 1
      lr_scheduler: {type: constant}
      """
    try Data(second.utf8).write(to: run.directory.appending(path: "second.yaml"))
    // What was found right is not taken for granted later.
    for command in commands[..<2] { #expect(try tool(command).exitCode == 0) }
    try flipABit(of: "model.safetensors")
    for command in commands {
      let result = try tool(command)
      #expect(result.exitCode == 1, "\(command)")
      #expect(
        (result.output + result.errors).contains("model.safetensors has the right size, but not the contents"),
        "\(command): \(result.errors)")
    }
    // Without the state of its trainer it is a folder like any other.
    try FileManager.default.removeItem(at: run.directory.appending(path: "\(step)/trainer"))
    #expect(try tool(commands[1]).exitCode == 0)
  }

  @Test func weightsThatAreCutOffAreFoundWithoutHashing() throws {
    let file = run.directory.appending(path: "\(step)/model.safetensors")
    try Data(contentsOf: file).dropLast(2).write(to: file)
    let result = try tool(["generate", "run", "--prompt", "Line", "--max-new-tokens", "1"])
    #expect(result.exitCode == 1 && result.errors.contains("it is cut off"), "\(result.errors)")
  }

  /// People edit these.
  @Test func anotherConfigurationIsANote() throws {
    let file = run.directory.appending(path: "\(step)/tokenizer_config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try Data((text + "\n").utf8).write(to: file)
    let result = try tool(["generate", "run", "--prompt", "Line", "--max-new-tokens", "1"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("note: ") && result.errors.contains("tokenizer_config.json has"), "\(result.errors)")
    let served = try tool(["serve", "run", "--dry-run"])
    #expect(served.exitCode == 0 && served.errors.contains("tokenizer_config.json has"), "\(served.errors)")
    let verified = try tool(["verify", "run"])
    #expect(verified.exitCode == 1 && verified.output.contains("tokenizer_config.json has"), "\(verified.output)")
  }

  @Test func resumingAFinishedRunSaysSo() throws {
    let before = try run.bytes("run/metrics.jsonl")
    let result = try tool(["train", "packed.yaml", "--resume"])
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("Nothing is left to do: the run ended after step 40"), "\(result.errors)")
    #expect(try run.bytes("run/metrics.jsonl") == before)
    let longer = try tool(["train", "packed.yaml", "max_steps=42", "--resume"])
    #expect(longer.exitCode == 0 && !longer.errors.contains("Nothing is left"), "\(longer.errors)")
  }
}
