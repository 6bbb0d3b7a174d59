import Architectures
import Foundation

/// In what the model that a recipe starts from does not fit the recipe.
public enum StartingModelError: Error, Equatable, CustomStringConvertible {
  case vocabulary(path: String, model: Int, tokenizer: Int)
  case positions(path: String, model: Int, sequenceLength: Int)
  case packed(path: String)
  case adapter(path: String)
  case noTemplate(path: String)
  /// A key whose value training cannot follow.
  case unsupported(key: String)

  public var description: String {
    switch self {
    case .vocabulary(let path, let model, let tokenizer):
      "\(path): has a vocabulary of \(model) tokens, its tokenizer or the recipe's \(tokenizer). "
        + "Name the model's own special tokens in tokenizer.special_tokens, or start from another model."
    case .positions(let path, let model, let sequenceLength):
      "\(path): has \(model) positions, less than max_seq_len \(sequenceLength). Set max_seq_len=\(model)."
    case .packed(let path):
      "\(path): holds packed codes, training needs the full-precision masters. Start from the checkpoint that the file "
        + "was exported from."
    case .adapter(let path):
      "\(path): is an adapter without its model. Merge the two with `bitnet merge` and start from the result."
    case .noTemplate(let path):
      "\(path): has no chat template, and the recipe names none. Set chat_template=plain, or one of bitnet, llama3, "
        + "chatml, alpaca, or the path of a .jinja file."
    case .unsupported(let key):
      "`\(key)`: the recipe is right, but training does not know this yet. Remove the key."
    }
  }

  static func check(
    _ configuration: Architecture, path: String, vocabularySize: Int, sequenceLength: Int
  ) throws {
    guard configuration.vocabularySize == vocabularySize else {
      throw vocabulary(path: path, model: configuration.vocabularySize, tokenizer: vocabularySize)
    }
    guard configuration.maximumPositionEmbeddings >= sequenceLength else {
      throw positions(path: path, model: configuration.maximumPositionEmbeddings, sequenceLength: sequenceLength)
    }
  }

  /// The folder of a model with masters.
  static func folder(_ path: String) throws -> ModelFolder {
    switch try ModelLocation(resolving: URL(fileURLWithPath: path)) {
    case .folder(let url): return try ModelFolder(url)
    case .safetensorsFile(let url): return try ModelFolder(url.deletingLastPathComponent())
    case .adapter: throw adapter(path: path)
    case .ggufFile: throw packed(path: path)
    }
  }
}
