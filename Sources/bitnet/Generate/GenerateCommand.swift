import ArgumentParser
import FileFormats
import Foundation
import Inference
import Kernels
import Tokenization

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continue a text.",
    discussion: """
      The prompt and its continuation go to standard output as they come, the speed to standard error.

        bitnet generate checkpoints/quickstart --prompt "The "
        bitnet generate checkpoints/quickstart --prompt "The " --temperature 0 --max-new-tokens 50
        bitnet generate checkpoints/quickstart --prompt-file - --top-p 0.9 --stop $'\\n\\n' < prompt.txt

      The same model, options and seed give the same text, whatever the number of threads.
      """)

  @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
  var path: String

  @Option(help: "The text to continue.")
  var prompt: String?

  @Option(help: ArgumentHelp("Reads the text to continue from a file; - is standard input.", valueName: "file"))
  var promptFile: String?

  private static let mostNewTokens = 1_000_000_000

  @Option(help: "The most tokens to generate.")
  var maxNewTokens = 200

  @OptionGroup(title: "Sampling")
  var sampling: SamplingArguments

  @Option(help: "End before this text; may be given several times.")
  var stop: [String] = []

  @OptionGroup var adapter: AdapterOption

  @Option(help: "Numbers of keys and values: float32, or float16 for half the memory.")
  var kvCache = KeyValuePrecision.float32

  @OptionGroup var i2s: I2SLayoutOption

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print the continuation without the prompt.")
  var noEcho = false

  @Flag(help: "Print one JSON object at the end instead of the text.")
  var json = false

  func validate() throws {
    guard (prompt == nil) != (promptFile == nil) else {
      throw ValidationError("Give the text to continue with either --prompt or --prompt-file.")
    }
    try require("max-new-tokens", maxNewTokens, in: 0...Self.mostNewTokens)
    guard stop.allSatisfy({ !$0.isEmpty }) else { throw ValidationError("--stop must not be empty") }
  }

  func run() throws {
    let sampling = try self.sampling.options()
    _ = try KernelPath.selection.get()
    let prompt = try promptBytes()
    let opened = try OpenedModel(path, adapter: adapter.adapter, i2sLayout: i2s.layout)
    for note in opened.notes { StandardError.note(note) }
    let tokenizer = try opened.tokenizer()
    try threads.withPool {
      let model = try opened.runtime()
      var run = GenerationRun(
        model: model, tokenizer: tokenizer,
        options: GenerationOptions(maximumNewTokens: maxNewTokens, sampling: sampling, stopStrings: stop),
        cache: kvCache)
      if json {
        try opened.explainingNumbers { try run.generate(from: prompt) { _ in } }
        try JSONOutput.write(run.report(prompt: prompt))
      } else {
        try opened.explainingNumbers {
          try run.generate(from: prompt, started: { if !noEcho { try StandardOutput.write(words: prompt) } }) {
            try StandardOutput.write(words: Data($0.utf8))
          }
        }
        try StandardOutput.write(Data("\n".utf8))
        StandardError.write("\(run.summary)\n")
      }
    }
  }

  private func promptBytes() throws -> Data {
    if let prompt { return Data(prompt.utf8) }
    guard let promptFile, promptFile != "-" else { return try FileHandle.standardInput.readToEnd() ?? Data() }
    return try MappedFile(URL(fileURLWithPath: promptFile), allowsEmpty: true).withBytes { Data($0) }
  }
}
