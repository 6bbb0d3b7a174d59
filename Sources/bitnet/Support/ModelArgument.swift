/// The MODEL argument of commands that run a model.
enum ModelArgument {
  static let help =
    "A checkpoint folder, a run folder (its newest checkpoint), a Hugging Face folder, or a GGUF file."
}

enum ModelArgumentError: Error, CustomStringConvertible {
  case weightsAlone(path: String)

  var description: String {
    switch self {
    case .weightsAlone(let path):
      "\(path): holds weights alone, without config.json and tokenizer. Name the folder it belongs to."
    }
  }
}
