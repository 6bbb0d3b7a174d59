import Architectures
import ArgumentParser
import FileFormats
import Foundation
import Workflows

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show the configuration, the tensors and the ternary codes of a model.",
    discussion: """
      For each ternary matrix the table gives the shares of the codes -1, 0 and +1 and their scale: those that \
      training and inference compute with, quantised from the stored weights. A .safetensors file alone does not \
      tell which of its tensors are quantised; name its folder for that.

        bitnet inspect checkpoints/quickstart
        bitnet inspect checkpoints/quickstart --json
        bitnet inspect model.gguf
      """)

  @Argument(
    help: ArgumentHelp(
      "Checkpoint, run folder (its newest checkpoint), Hugging Face folder, GGUF or .safetensors file.",
      valueName: "model"))
  var path: String

  @OptionGroup var i2s: I2SLayoutOption

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let inspection: ModelInspection
    switch try ModelLocation(resolving: URL(fileURLWithPath: path)) {
    case .folder(let url): inspection = try ModelInspection(folder: ModelFolder(url))
    case .safetensorsFile(let url): inspection = try ModelInspection(file: SafetensorsFile(url))
    case .adapter(let url):
      inspection = try ModelInspection(
        file: SafetensorsFile(url.appendingPathComponent(LoRAAdapter.weightsFileName)))
    case .llama2CFile(let url): inspection = try ModelInspection(model: StoredModel(url), architecture: "llama2.c")
    case .ggufFile(let url): inspection = try ModelInspection(gguf: GGUFFile(url), i2sLayout: i2s.layout)
    }
    if json {
      try JSONOutput.write(inspection)
    } else {
      StandardOutput.tell(inspection.table)
    }
  }
}
