import Architectures
import Foundation

/// In what the model that a recipe starts from does not fit the recipe.
public enum StartingModelError: Error, Equatable, CustomStringConvertible {
  case vocabulary(path: String, model: Int, tokenizer: Int)
  case positions(path: String, model: Int, sequenceLength: Int)
  case adapter(path: String)
  case noTemplate(path: String)

  public var description: String {
    switch self {
    case .vocabulary(let path, let model, let tokenizer):
      "\(path): has a vocabulary of \(model) tokens, its tokenizer or the recipe's \(tokenizer). "
        + "Name the model's own special tokens in tokenizer.special_tokens, or start from another model."
    case .positions(let path, let model, let sequenceLength):
      "\(path): has \(model) positions, less than max_seq_len \(sequenceLength). Set max_seq_len=\(model)."
    case .adapter(let path):
      "\(path): is an adapter without its model. Merge the two with `bitnet merge` and start from the result."
    case .noTemplate(let path):
      "\(path): has no chat template, and the recipe names none. Set chat_template=plain, or one of bitnet, llama3, "
        + "chatml, alpaca, or the path of a .jinja file."
    }
  }

  /// - Parameter tokens: of the tokenizer; a model may have rows for more.
  static func check(_ model: Architecture, path: String, tokens: Int, sequenceLength: Int) throws {
    guard model.vocabularySize >= tokens else {
      throw vocabulary(path: path, model: model.vocabularySize, tokenizer: tokens)
    }
    guard model.maximumPositionEmbeddings >= sequenceLength else {
      throw positions(path: path, model: model.maximumPositionEmbeddings, sequenceLength: sequenceLength)
    }
  }

  /// A model that training can start from.
  static func model(_ path: String) throws -> StoredModel {
    switch try ModelLocation(resolving: URL(fileURLWithPath: path)) {
    case .safetensorsFile(let url): return try StoredModel(url.deletingLastPathComponent())
    case .adapter: throw adapter(path: path)
    case let location: return try StoredModel(location)
    }
  }
}
