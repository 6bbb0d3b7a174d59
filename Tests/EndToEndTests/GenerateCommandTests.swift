import Foundation
import Testing

@Suite struct GenerateCommandTests {
  @Test func promptThenContinuation() throws {
    let run = try TrainedRun()
    func generate(_ arguments: String...) throws -> CommandLineTool.Result {
      try CommandLineTool.run(
        ["generate", "run", "--max-new-tokens", "20", "--seed", "4"] + arguments, in: run.directory)
    }
    let first = try generate("--prompt", "Line 7")
    #expect(first.exitCode == 0 && first.output.hasPrefix("Line 7") && first.output.hasSuffix("\n"))
    #expect(first.errors.contains("20 new ones") && first.errors.contains("seed 4"))
    #expect(try generate("--prompt", "Line 7", "--threads", "1").output == first.output)
    #expect("Line 7" + (try generate("--prompt", "Line 7", "--no-echo").output) == first.output)
    try Data("Line 7".utf8).write(to: run.directory.appending(path: "prompt"))
    #expect(try generate("--prompt-file", "prompt").output == first.output)
    let json = try run.json("generate", "run", "--prompt", "Line 7", "--max-new-tokens", "20", "--seed", "4", "--json")
    #expect("Line 7" + (json["text"] as? String ?? "") + "\n" == first.output)
    #expect(json["new_tokens"] as? Int == 20)
  }

  @Test func optionsReachTheSampler() throws {
    let run = try TrainedRun()
    func text(_ arguments: String...) throws -> String {
      let result = try CommandLineTool.run(["generate", "run", "--prompt", "Li"] + arguments, in: run.directory)
      #expect(result.exitCode == 0)
      return result.output
    }
    let greedy = try text("--temperature", "0")
    #expect(try text("--top-k", "1", "--seed", "9") == greedy)
    #expect(try text("--min-p", "1", "--seed", "9") == greedy)
    #expect(try text("--top-p", "1e-9", "--seed", "9") == greedy)
    #expect(try text("--temperature", "0", "--repetition-penalty", "1000") != greedy)
    let stop = String(greedy.dropFirst(2).prefix(3).suffix(1))
    #expect(try text("--temperature", "0", "--stop", stop).count <= 5)
  }

  @Test func fullContextIsToldAbout() throws {
    let run = try TrainedRun()
    let result = try CommandLineTool.run(["generate", "run", "--prompt", "Line"], in: run.directory)
    #expect(result.exitCode == 0 && result.errors.contains("context of 48 tokens is full"))
  }

  @Test func mistakesPrintNoText() throws {
    let run = try TrainedRun()
    try Data("GGUF and more".utf8).write(to: run.directory.appending(path: "model.gguf"))
    let cases: [(arguments: [String], exitCode: Int32, mention: String)] = [
      (["run"], 2, "--prompt"),
      (["run", "--prompt", "a", "--prompt-file", "text"], 2, "--prompt-file"),
      (["run", "--prompt", "a", "--top-p", "2", "--top-k", "0"], 2, "--top-k is 0"),
      (["run", "--prompt", ""], 1, "prompt"),
      (["run", "--prompt-file", "text"], 1, "48 tokens"),
      (["model.gguf", "--prompt", "a"], 1, "GGUF version"),
      (["run/step-000006/model.safetensors", "--prompt", "a"], 1, "Name the folder"),
    ]
    for (arguments, exitCode, mention) in cases {
      let result = try CommandLineTool.run(["generate"] + arguments, in: run.directory)
      #expect(result.exitCode == exitCode && result.output.isEmpty, "\(arguments): \(result)")
      #expect(result.errors.contains(mention), "\(arguments): \(result.errors)")
    }
  }
}
