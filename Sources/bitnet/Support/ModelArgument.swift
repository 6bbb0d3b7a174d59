import Foundation
import ModelFormats

/// The MODEL argument of commands that run a model.
enum ModelArgument {
  static let help =
    "A checkpoint folder, a run folder (its newest checkpoint), a Hugging Face folder, or a GGUF file."

  /// - Throws: `FileError`, `ModelLocationError`, `ModelArgumentError`; what is wrong inside the folder.
  static func open(_ path: String) throws -> ModelFolder {
    switch try ModelLocation(resolving: URL(fileURLWithPath: path)) {
    case .folder(let url): return try ModelFolder(url)
    case .safetensorsFile(let url): throw ModelArgumentError.weightsAlone(path: url.path)
    case .ggufFile(let url): throw ModelArgumentError.gguf(path: url.path)
    }
  }
}

enum ModelArgumentError: Error, CustomStringConvertible {
  case gguf(path: String)
  case weightsAlone(path: String)

  var description: String {
    switch self {
    case .gguf(let path):
      "\(path): GGUF models are not supported in this version. Name the folder that the file was exported from."
    case .weightsAlone(let path):
      "\(path): holds weights alone, without config.json and tokenizer. Name the folder it belongs to."
    }
  }
}
