import ArgumentParser
import Export
import FileFormats
import Foundation
import Kernels
import Workflows

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Pack a model into a GGUF file and prove that it is the same model.",
    discussion: """
      The matrices are packed from the stored weights with the numerics of training. Then the file is loaded again and \
      compared with the source: every code and scale, and the logits on a text. It gets its name only when nothing \
      differs. GGUF files are taken as well; the three ternary types convert into each other without loss.

        bitnet export checkpoints/quickstart --type tq2_0 --output quickstart.gguf
        bitnet export quickstart.gguf --type i2_s --output quickstart-i2_s.gguf
        bitnet export checkpoints/quickstart --type tq1_0 --head-type q8_0 --output small.gguf
        bitnet export checkpoints/base --adapter checkpoints/lora-run --output adapter.gguf

      i2_s needs rows of a multiple of 128, tq1_0 and tq2_0 of 256. --head-type f32 and bf16 store the embedding of a \
      bfloat16 checkpoint exactly; f16 and q8_0 round it, and the report says what that does.
      """)

  @Argument(
    help: ArgumentHelp(
      "Checkpoint, run folder (its newest checkpoint), Hugging Face folder or GGUF file.", valueName: "model"))
  var path: String

  @Option(help: "Of the matrices: i2_s, tq1_0, tq2_0, q8_0, f16, bf16 or f32.")
  var type: MatrixType?

  @Option(
    help: ArgumentHelp(
      "Write this LoRA adapter of the model, for llama.cpp's --lora, instead of the model.", valueName: "dir"))
  var adapter: String?

  @Option(help: "Of the embedding, which is the output head too: f32, f16, bf16 or q8_0.")
  var headType = HeadType.bf16

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write; an older one is replaced.", valueName: "file"))
  var output: String

  @Option(
    help: ArgumentHelp("The text to compare on. (default: as in the recipe, else a built-in one)", valueName: "file"))
  var data: String?

  @Option(help: "Compare on at most so many tokens. (default: eval_tokens of the recipe; with --data 20000)")
  var maxTokens: Int?

  @Flag(help: "Write the file without proving anything about it.")
  var noVerify = false

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  enum MatrixType: String, CaseIterable, ExpressibleByArgument {
    case i2_s, tq1_0, tq2_0, q8_0, f16, bf16, f32

    var tensorType: GGUFTensorType {
      switch self {
      case .i2_s: .i2_s
      case .tq1_0: .tq1_0
      case .tq2_0: .tq2_0
      case .q8_0: .q8_0
      case .f16: .float16
      case .bf16: .bfloat16
      case .f32: .float32
      }
    }
  }

  enum HeadType: String, CaseIterable, ExpressibleByArgument {
    case f32, f16, bf16, q8_0

    var tensorType: GGUFTensorType {
      switch self {
      case .f32: .float32
      case .f16: .float16
      case .bf16: .bfloat16
      case .q8_0: .q8_0
      }
    }
  }

  func validate() throws {
    if let maxTokens, maxTokens < 1 { throw ValidationError("--max-tokens must be at least 1, got \(maxTokens)") }
    if adapter == nil, type == nil { throw ValidationError("--type is missing: name the type of the matrices") }
    if adapter != nil, type != nil || noVerify || data != nil {
      throw ValidationError("--adapter writes the adapter alone; --type, --data and --no-verify are for models")
    }
    guard !FileManager.default.isDirectory(output) else {
      throw ValidationError("--output \(output) is a folder; name a file")
    }
  }

  func run() throws {
    _ = try KernelPath.selection.get()
    if let adapter { return try AdapterExport(model: path, adapter: adapter, output: output).run(json: json) }
    guard let type else { return }
    let model = try ExportModel(path, note: StandardError.note)
    let export = try GGUFExport(
      source: model.source, type: type.tensorType, headType: headType.tensorType,
      tokenizerMetadata: try model.tokenizerMetadata())
    let probe = noVerify ? [] : try model.probe(data: data, maxTokens: maxTokens)
    let outcome = try threads.withPool {
      try ExportRun(model: model, export: export, output: URL(fileURLWithPath: output), probe: probe)()
    }
    if json {
      try JSONOutput.write(outcome.report)
    } else {
      print(outcome.text)
    }
  }
}

extension FileManager {
  fileprivate func isDirectory(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }
}

/// Found before anything was written.
extension ExportError: UsageError {}
