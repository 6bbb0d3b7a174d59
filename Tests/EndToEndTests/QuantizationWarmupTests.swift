import Foundation
import Testing

/// A model in full precision that becomes a BitNet, and what is done with it before it is one.
@Suite struct QuantizationWarmupTests {
  private static let warmup = [
    "model={from: twin}", "bitlinear={weight_quant: absmean, warmup: {type: linear, steps: 4}}", "log_every_n_steps=1",
    "save_every_n_steps=2", "keep_last=9", "--threads", "1",
  ]

  /// Holds `twin`, a model in full precision, and `warm`, a BitNet made of it, with a checkpoint every second step.
  private static func place() throws -> TrainedRun {
    let place = try TrainedRun()
    try expect(place, ["train", "tiny.yaml", "bitlinear.weight_quant=none", "--output", "twin"])
    try expect(place, ["train", "tiny.yaml", "--output", "warm"] + warmup)
    return place
  }

  /// Runs a command that must succeed.
  @discardableResult
  private static func expect(_ place: TrainedRun, _ arguments: [String]) throws -> CommandLineTool.Result {
    let result = try CommandLineTool.run(arguments, in: place.directory)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return result
  }

  private static func log(_ run: URL) throws -> [String] {
    try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8).split(separator: "\n").map {
      String($0.prefix(upTo: $0.range(of: ",\"tokens_per_second\"")?.lowerBound ?? $0.endIndex))
    }
  }

  @Test func aModelInFullPrecisionBecomesABitNet() throws {
    let place = try Self.place()
    let directory = place.directory
    let strengths = try Self.log(directory.appending(path: "warm")).compactMap { line in
      line.firstMatch(of: /"quantization_strength":([0-9.]+)/).map { String($0.1) }
    }
    #expect(strengths == ["0.0", "0.25", "0.5", "0.75", "1.0", "1.0"])
    try Self.expect(place, ["export", "warm", "--type", "f32", "--output", "warm.gguf"])

    // What was saved on the way.
    let early = "warm/step-000002"
    for command in [["eval", early, "--data", "text"], ["generate", early, "--prompt", "a", "--max-new-tokens", "2"]] {
      let result = try Self.expect(place, command)
      #expect(result.errors.contains("at λ = 0.5 after step 2; it is computed fully quantised (λ = 1)"), "\(command)")
    }
    for format in [["--type", "f32"], ["--format", "huggingface"]] {
      let result = try CommandLineTool.run(["export", early, "--output", "out"] + format, in: directory)
      #expect(result.exitCode == 2 && result.errors.contains("is not exported"), "\(result.errors)")
      #expect(result.errors.contains("Train on to step 4"))
      #expect(!FileManager.default.fileExists(atPath: directory.appending(path: "out").path))
    }
  }

  @Test func adaptersAreNotMergedIntoWhatIsUnfinished() throws {
    let place = try Self.place()
    try Data(#"{"prompt": "a", "completion": "b"}"#.utf8).write(to: place.directory.appending(path: "tasks.jsonl"))
    let recipe = """
      recipe: sft
      output_dir: adapter
      model: {from: warm/step-000002}
      dataset: {path: tasks.jsonl}
      chat_template: plain
      lora: {rank: 2}
      max_seq_len: 48
      max_steps: 1
      optimizer: {lr: 1.0e-3}
      """
    try Data(recipe.utf8).write(to: place.directory.appending(path: "lora.yaml"))
    let trained = try Self.expect(place, ["train", "lora.yaml"])
    #expect(trained.errors.contains("at λ = 0.5 after step 2"))
    let merged = try CommandLineTool.run(["merge", "adapter", "--output", "merged"], in: place.directory)
    #expect(merged.exitCode == 2 && merged.errors.contains("is not merged"), "\(merged.errors)")
  }

  /// A process that died behind step 2 left nothing of what came later.
  @Test func itGoesOnByteForByte() throws {
    let place = try Self.place()
    let (whole, rest) = (place.directory.appending(path: "warm"), place.directory.appending(path: "rest"))
    try FileManager.default.copyItem(at: whole, to: rest)
    for step in ["step-000004", "step-000006"] {
      try FileManager.default.removeItem(at: rest.appending(path: step))
    }
    try Self.expect(place, ["train", "tiny.yaml", "--output", "rest", "--resume"] + Self.warmup)
    for name in ["step-000004", "step-000006"] {
      for file in ["model.safetensors", "trainer/optimizer.safetensors", "config.json"] {
        let path = "\(name)/\(file)"
        #expect(
          try Data(contentsOf: whole.appending(path: path)) == Data(contentsOf: rest.appending(path: path)), "\(path)")
      }
    }
    #expect(try Self.log(whole) == Self.log(rest))
  }

  @Test func mistakesAreToldBeforeAnythingIsWritten() throws {
    let place = try Self.place()
    func refused(_ arguments: [String]) throws -> String {
      let result = try CommandLineTool.run(["train"] + arguments + ["--output", "new"], in: place.directory)
      #expect(
        result.exitCode != 0 && !FileManager.default.fileExists(atPath: place.directory.appending(path: "new").path))
      return result.errors
    }
    #expect(
      try refused(["tiny.yaml", "model={from: twin}", "bitlinear.start_step=2"])
        .contains("Set bitlinear.weight_quant=absmean"))
    try Data(#"{"prompt": "a", "completion": "b"}"#.utf8).write(to: place.directory.appending(path: "tasks.jsonl"))
    let recipe = """
      recipe: sft
      output_dir: tuned
      model: {from: twin}
      bitlinear: {weight_quant: absmean, warmup: {type: linear, steps: 4}}
      dataset: {path: tasks.jsonl}
      chat_template: plain
      max_seq_len: 48
      batch_size: 1
      max_epochs: 3
      optimizer: {lr: 1.0e-3}
      """
    try Data(recipe.utf8).write(to: place.directory.appending(path: "sft.yaml"))
    #expect(try refused(["sft.yaml"]).contains("after step 4, and the examples make 3 steps"))
    try Self.expect(place, ["train", "sft.yaml", "max_epochs=4"])
  }
}
