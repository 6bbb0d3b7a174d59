import Inference
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
    let problems: [String]
    switch try ModelLocation(resolving: URL(fileURLWithPath: path)) {
    case .ggufFile(let url): problems = ModelVerification.problems(ofGGUF: url, i2sLayout: i2s.layout)
    case .folder(let url): problems = ModelVerification.problems(ofFolder: url)
    case .adapter(let url): problems = adapterProblems(url)
    case .llama2CFile(let url): problems = Self.problems(ofModel: url)
    case .safetensorsFile(let url): throw StoredModelError.weightsAlone(path: url.path)
    }
    if json {
      try JSONOutput.write(Report(path: path, valid: problems.isEmpty, problems: problems))
    } else {
      print(problems.isEmpty ? "\(path): no problems found" : problems.joined(separator: "\n"))
    }
    if !problems.isEmpty { throw ExitCode.workFailed }
  }

  /// What keeps it from being opened.
  private static func problems(ofModel url: URL) -> [String] {
    do {
      _ = try StoredModel(url)
      return []
    } catch {
      return ["\(error)"]
    }
  }

  /// Of the adapter, and of how it fits its model where that is there.
  private func adapterProblems(_ url: URL) -> [String] {
    do {
      _ = try OpenedModel(url.path, i2sLayout: i2s.layout)
      return []
    } catch let error as AdapterError {
      return error.problems
    } catch {
      return ["\(error)"]
    }
  }
}
