import Foundation
import Testing

/// What a machine may refuse: addresses, signals, folders. Every command ends by itself, with words.
@Suite struct LimitTests {
  /// Below what training needs, around it, above it; in kilobytes.
  @Test(arguments: [150_000, 200_000, 300_000, 400_000, 600_000, 1_000_000])
  func limitedAddressesEndWithAnErrorOrWell(kilobytes: Int) throws {
    let run = try TrainedRun()
    let commands = [
      ["train", "tiny.yaml", "--output", "limited", "compute_dtype=float32"],
      ["generate", "run", "--prompt", "a", "--max-new-tokens", "3"],
    ]
    for command in commands {
      // The limit of time tells a process that spins from one that ends.
      let line = "ulimit -v \(kilobytes); exec timeout 60 \"$0\" \"$@\""
      let result = try Shell.run(line, [CommandLineTool.executable.path] + command, in: run.directory)
      #expect([0, 1].contains(result.exitCode), "\(command) with \(kilobytes): \(result.exitCode) \(result.errors)")
      if result.exitCode == 1 { #expect(result.errors.contains("out of memory"), "\(result.errors)") }
    }
  }

  /// `nohup` starts a process with the signal ignored.
  @Test func trainingGoesOnWithoutItsTerminalUnderNohup() throws {
    let run = try TrainedRun()
    let line = """
      trap '' HUP
      "$0" train tiny.yaml --output long max_steps=400 eval_every_n_steps=400 &
      while [ ! -s long/metrics.jsonl ]; do sleep 0.02; done
      kill -HUP $!
      wait $!
      """
    let result = try Shell.run(line, [CommandLineTool.executable.path], in: run.directory)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(FileManager.default.fileExists(atPath: run.directory.appending(path: "long/step-000400").path))
  }

  @Test(arguments: [true, false])
  func aRunFolderThatIsTakenAwayIsToldAndTheStateKept(isRenamed: Bool) throws {
    let run = try TrainedRun()
    let taking = isRenamed ? "mv gone elsewhere" : "rm -rf gone"
    let line = """
      "$0" train tiny.yaml --output gone max_steps=200000 eval_every_n_steps=200000 &
      while [ ! -s gone/metrics.jsonl ]; do sleep 0.02; done
      \(taking)
      wait $!
      """
    let result = try Shell.run(line, [CommandLineTool.executable.path], in: run.directory)
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("was removed, renamed or replaced while the run was training"), "\(result.errors)")
    let resumed = try CommandLineTool.run(
      ["train", "gone/recipe.yaml", "--output", "gone", "--resume", "max_minutes=0.0001", "max_steps=null"],
      in: run.directory)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
  }

  @Test func extremeFlagsEndWithWords() throws {
    let run = try TrainedRun()
    let exported = try CommandLineTool.run(["export", "run", "--type", "f16", "-o", "a.gguf"], in: run.directory)
    try #require(exported.exitCode == 0, "\(exported.errors)")
    let huge = ["9223372036854775807", "4611686018427387904", "2147483648", "-1", "0"]
    let commands = [
      ["eval", "a.gguf", "--data", "text", "--max-tokens", "100", "--batch-size"], ["eval", "run", "--max-tokens"],
      ["eval", "run", "--max-tokens", "100", "--window"], ["eval", "run", "--max-tokens", "50", "--batch-size"],
      ["generate", "run", "--prompt", "a", "--max-new-tokens", "2", "--top-k"],
      ["generate", "run", "--prompt", "a", "--max-new-tokens", "2", "--threads"],
      ["generate", "run", "--prompt", "a", "--max-new-tokens"],
      ["export", "run", "-o", "b.gguf", "--type", "f16", "--max-tokens"],
    ]
    for command in commands {
      for value in huge {
        let result = try CommandLineTool.run(command + [value], in: run.directory)
        #expect([0, 1, 2].contains(result.exitCode), "\(command) \(value): \(result.exitCode)")
        #expect(result.exitCode == 0 || !result.errors.isEmpty, "\(command) \(value) failed in silence")
      }
    }
  }
}

/// Runs a line of `sh`.
enum Shell {
  /// - Parameter arguments: `$0` and what follows.
  static func run(_ line: String, _ arguments: [String], in directory: URL) throws -> CommandLineTool.Result {
    try CommandLineTool.run(["-c", line] + arguments, of: URL(filePath: "/bin/sh"), in: directory)
  }
}
