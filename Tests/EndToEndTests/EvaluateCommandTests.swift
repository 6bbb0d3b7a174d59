import Foundation
import Testing

@Suite struct EvaluateCommandTests {
  @Test func givesTheDigitsOfTraining() throws {
    let run = try TrainedRun()
    let expected = try #require(run.validation["validation_bits_per_byte"])
    for arguments in [["--threads", "1"], ["--threads", "2"], ["--batch-size", "1"], ["--batch-size", "7"]] {
      let result = try CommandLineTool.run(["eval", "run"] + arguments, in: run.directory)
      #expect(
        result.output.hasPrefix("bits per byte    \(expected)\n"), "\(arguments): \(result.output)\(result.errors)")
    }
    let json = try run.json("eval", "run/step-000006", "--json")
    #expect(json["bits_per_byte"] as? Double == expected)
    #expect(json["nats_per_token"] as? Double == run.validation["validation_nats_per_token"])
    #expect(json["perplexity"] as? Double == run.validation["validation_perplexity"])
    #expect(json["tokens"] as? Int == 1000)
  }

  @Test func measuresAnotherText() throws {
    let run = try TrainedRun()
    try Data("Another text, which is short.".utf8).write(to: run.directory.appending(path: "other"))
    #expect(try run.json("eval", "run", "--data", "other", "--json")["tokens"] as? Int == 28)
    let part = try run.json("eval", "run", "--data", "other", "--range", "8:20", "--window", "4", "--json")
    #expect(part["tokens"] as? Int == 11)
    #expect(part["window"] as? Int == 4)
    #expect(try run.json("eval", "run", "--range", ":500", "--max-tokens", "100", "--json")["tokens"] as? Int == 100)
  }

  @Test func wrongUsageStartsNothing() throws {
    let run = try TrainedRun()
    let alone = run.directory.appending(path: "elsewhere/model")
    try FileManager.default.createDirectory(at: alone.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: run.folder.appending(path: "step-000006"), to: alone)
    let cases: [(arguments: [String], exitCode: Int32, mention: String)] = [
      (["run", "--window", "49"], 2, "--window 48"),
      (["run", "--max-tokens", "0"], 2, "--max-tokens"),
      (["run", "--range", "9:3"], 2, "9:3"),
      (["elsewhere/model"], 2, "--data"),
      (["run", "--data", "missing"], 1, "missing"),
      (["missing"], 1, "missing"),
      (["text"], 1, "Name a model folder"),
    ]
    for (arguments, exitCode, mention) in cases {
      let result = try CommandLineTool.run(["eval"] + arguments, in: run.directory)
      #expect(result.exitCode == exitCode && result.output.isEmpty, "\(arguments): \(result)")
      #expect(result.errors.contains(mention), "\(arguments): \(result.errors)")
    }
  }
}
