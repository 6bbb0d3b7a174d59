import Architectures
import ArgumentParser
import Export
import Foundation
import Kernels

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Say what is missing, contradictory or broken in a model.",
    discussion: """
      Reads every number: metadata keys, shapes, codes out of range, scales and weights that are not finite, tokens \
      that occur twice. Exit code 0: nothing found, 1: problems, one per line.

        bitnet verify model.gguf
        bitnet verify checkpoints/quickstart --json
      """)

  @Argument(
    help: ArgumentHelp(
      "GGUF file, checkpoint, run folder (its newest checkpoint) or Hugging Face folder.", valueName: "model"))
  var path: String

  @OptionGroup var i2s: I2SLayoutOption

  @Flag(help: "Print one JSON object.")
  var json = false

  private struct Report: Encodable {
    let path: String
    let valid: Bool
    let problems: [String]
  }

  func run() throws {
    let problems = try ModelVerification.problems(
      of: ModelLocation(resolving: URL(fileURLWithPath: path)), i2sLayout: i2s.layout)
    if json {
      try JSONOutput.write(Report(path: path, valid: problems.isEmpty, problems: problems))
    } else {
      StandardOutput.tell(problems.isEmpty ? "\(path): no problems found" : problems.joined(separator: "\n"))
    }
    if !problems.isEmpty { throw ExitCode.workFailed }
  }
}
