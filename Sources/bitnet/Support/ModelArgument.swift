import ArgumentParser

/// The MODEL argument of commands that run a model.
enum ModelArgument {
  static let help =
    "A checkpoint folder, a run folder (its newest checkpoint), a Hugging Face folder, an adapter folder or a GGUF file."
}

/// The option of commands that run a model with an adapter.
struct AdapterOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A LoRA adapter for the model: a folder as PEFT writes it, or the folder of a LoRA run.", valueName: "dir"))
  var adapter: String?
}

enum ModelArgumentError: Error, CustomStringConvertible {
  case weightsAlone(path: String)
  case adapterAlone(path: String)
  case twoAdapters(path: String)
  case insideAdapterOnCodes(path: String)

  var description: String {
    switch self {
    case .weightsAlone(let path):
      "\(path): holds weights alone, without config.json and tokenizer. Name the folder it belongs to."
    case .adapterAlone(let path):
      "\(path): is an adapter. Merge it into its model with `bitnet merge`, or name the model."
    case .twoAdapters(let path):
      "\(path): is an adapter itself; --adapter names another. Give the model and one adapter."
    case .insideAdapterOnCodes(let path):
      "\(path): belongs inside the quantiser of a model with full-precision masters; a GGUF file has only codes. Use "
        + "the checkpoint, or merge with `bitnet merge` and export the result."
    }
  }
}
