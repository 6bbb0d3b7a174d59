import Architectures
import ArgumentParser
import Export
import FileFormats
import Foundation
import Inference
import Kernels
import Workflows

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model as a GGUF file or a Hugging Face folder, with proof that it is the same.",
    discussion: """
      The matrices are packed from the stored weights with the numerics of training. Then what was written is loaded \
      again and compared with the source: every code and scale, and the logits on a text. It gets its name only when \
      nothing differs. Every model that is read can be written; the three ternary types of GGUF and the packed codes of \
      Hugging Face convert into each other without loss.

        bitnet export checkpoints/quickstart --type tq2_0 --output quickstart.gguf
        bitnet export quickstart.gguf --type i2_s --output quickstart-i2_s.gguf
        bitnet export checkpoints/quickstart --type tq1_0 --head-type q8_0 --output small.gguf
        bitnet export quickstart.gguf --format huggingface --output quickstart-folder
        bitnet export llama.gguf --format huggingface --type bf16 --output llama-folder
        bitnet export checkpoints/base --adapter checkpoints/lora-run --output adapter.gguf

      i2_s needs rows of a multiple of 128, tq1_0 and tq2_0 of 256. --head-type f32 and bf16 store the embedding of a \
      bfloat16 checkpoint exactly; f16 and q8_0 round it, and the report says what that does.

      A folder has what the source has: without --type, numbers of one type that holds all of them, and packed codes \
      where there are only codes. --type packed packs masters too; f32, f16 and bf16 make masters of codes, which \
      quantise to these codes and scales.
      """)

  @Argument(
    help: ArgumentHelp(
      "Checkpoint, run folder (its newest checkpoint), Hugging Face folder, GGUF file or file of llama2.c.",
      valueName: "model"))
  var path: String

  @Option(help: "What is written: gguf, or huggingface for a folder that transformers loads.")
  var format = Format.gguf

  @Option(
    help: ArgumentHelp(
      "Of the matrices: i2_s, tq1_0, tq2_0, q8_0, f16, bf16 or f32; for huggingface packed, f16, bf16 or f32. (default "
        + "for huggingface: as stored)"))
  var type: MatrixType?

  @Option(
    help: ArgumentHelp(
      "Write this LoRA adapter of the model, for llama.cpp's --lora, instead of the model.", valueName: "dir"))
  var adapter: String?

  @Option(
    help: ArgumentHelp(
      "Of the embedding, which is the output head too: f32, f16, bf16 or q8_0; for huggingface with --type packed of "
        + "all other tensors. (default: bf16; for huggingface as stored)"))
  var headType: HeadType?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write, an older one is replaced; the folder to write, which must not exist.", valueName: "path"))
  var output: String

  @Option(
    help: ArgumentHelp("The text to compare on. (default: as in the recipe, else a built-in one)", valueName: "file"))
  var data: String?

  @Option(help: "Compare on at most so many tokens. (default: eval_tokens of the recipe; with --data 20000)")
  var maxTokens: Int?

  @Flag(help: "Write the file without proving anything about it.")
  var noVerify = false

  @Flag(help: "Write a Hugging Face folder without the tokenizer.")
  var noTokenizer = false

  @OptionGroup var i2s: I2SLayoutOption

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case gguf, huggingface
  }

  enum MatrixType: String, CaseIterable, ExpressibleByArgument {
    case i2_s, tq1_0, tq2_0, q8_0, f16, bf16, f32, packed

    /// nil for the packed codes of folders.
    var tensorType: GGUFTensorType? {
      switch self {
      case .i2_s: .i2_s
      case .tq1_0: .tq1_0
      case .tq2_0: .tq2_0
      case .q8_0: .q8_0
      case .f16: .float16
      case .bf16: .bfloat16
      case .f32: .float32
      case .packed: nil
      }
    }

    /// nil for types that folders do not hold.
    func request(headType: HeadType?) -> HuggingFaceForm.Request? {
      switch self {
      case .packed: .packed(others: headType?.floatFormat)
      case .f32, .f16, .bf16: StoredFloatFormat(rawValue: rawValue).map { .numbers($0) }
      case .i2_s, .tq1_0, .tq2_0, .q8_0: nil
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

    /// nil for blocks.
    var floatFormat: StoredFloatFormat? { self == .q8_0 ? nil : StoredFloatFormat(rawValue: rawValue) }
  }

  func validate() throws {
    if let maxTokens, maxTokens < 1 { throw ValidationError("--max-tokens must be at least 1, got \(maxTokens)") }
    switch format {
    case .gguf: try validateFile()
    case .huggingface: try validateFolder()
    }
  }

  private func validateFile() throws {
    if adapter == nil, type == nil { throw ValidationError("--type is missing: name the type of the matrices") }
    if adapter != nil, type != nil || noVerify || data != nil {
      throw ValidationError("--adapter writes the adapter alone; --type, --data and --no-verify are for models")
    }
    if type == .packed {
      throw ValidationError("--type packed is for --format huggingface; GGUF has i2_s, tq1_0 and tq2_0")
    }
    if noTokenizer {
      throw ValidationError("--no-tokenizer is for --format huggingface; a GGUF file holds its tokenizer")
    }
    guard !FileManager.default.isDirectory(output) else {
      throw ValidationError("--output \(output) is a folder; name a file")
    }
  }

  private func validateFolder() throws {
    if adapter != nil {
      throw ValidationError("--adapter writes a GGUF file; the adapter's folder is one of Hugging Face already")
    }
    if let type, type.request(headType: nil) == nil {
      throw ValidationError(
        "--type \(type.rawValue) is for GGUF files; a Hugging Face folder has packed, f16, bf16 or f32")
    }
    guard let headType else { return }
    if headType.floatFormat == nil {
      throw ValidationError("--head-type q8_0 is for GGUF files; a Hugging Face folder has f16, bf16 or f32")
    }
    if type != .packed {
      throw ValidationError("--head-type goes with --type packed; a folder of numbers has one type, named by --type")
    }
  }

  func run() throws {
    _ = try KernelPath.selection.get()
    if let adapter { return try AdapterExport(model: path, adapter: adapter, output: output).run(json: json) }
    switch format {
    case .gguf: try writeFile()
    case .huggingface: try writeFolder()
    }
  }

  private func writeFile() throws {
    guard let type = type?.tensorType else { return }
    let model = try ExportModel(path, i2sLayout: i2s.layout, note: StandardError.note)
    let export = try GGUFExport(
      source: model.source, type: type, headType: (headType ?? .bf16).tensorType,
      tokenizerMetadata: try model.tokenizerMetadata())
    let probe = noVerify ? [] : try model.probe(data: data, maxTokens: maxTokens)
    let outcome = try threads.withPool {
      try ExportRun(model: model, export: export, output: URL(fileURLWithPath: output), probe: probe)()
    }
    try json ? JSONOutput.write(outcome.report) : StandardOutput.tell(outcome.text)
  }

  private func writeFolder() throws {
    let target = URL(fileURLWithPath: output)
    if FileSystem.exists(target) { throw FileError.alreadyExists(path: target.path) }
    let opened = try OpenedModel(path, i2sLayout: i2s.layout)
    if opened.adapter != nil {
      StandardError.note("\(path) is an adapter; its model is written, without it. `bitnet merge` writes both")
    }
    let model = try ExportModel(OpenedModel(opened.model), note: StandardError.note)
    let outcome = try threads.withPool {
      let export = try HuggingFaceExport(
        source: model.source, type?.request(headType: headType) ?? .asStored)
      return try HuggingFaceExportRun(
        model: model.model, export: export,
        companions: ModelCompanions(of: model.model, withTokenizer: !noTokenizer), output: target,
        probe: noVerify ? [] : model.probe(data: data, maxTokens: maxTokens))()
    }
    try json ? JSONOutput.write(outcome.summary) : StandardOutput.tell(outcome.text)
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
extension UnfinishedQuantizationError: UsageError {}
extension HuggingFaceExportError: UsageError {}
extension PackedScaleError: UsageError {}
extension RotaryScalingError: UsageError {}
