import ModelFormats
import Tokenization

/// In what the model that a recipe starts from does not fit the recipe.
public enum PretrainingError: Error, Equatable, CustomStringConvertible {
  case vocabulary(path: String, model: Int, tokenizer: Int)
  case positions(path: String, model: Int, sequenceLength: Int)

  public var description: String {
    switch self {
    case .vocabulary(let path, let model, let tokenizer):
      "\(path): has a vocabulary of \(model) tokens, the recipe's tokenizer \(tokenizer). "
        + "Name the model's own special tokens in tokenizer.special_tokens, or start from another model."
    case .positions(let path, let model, let sequenceLength):
      "\(path): has \(model) positions, less than max_seq_len \(sequenceLength). Set max_seq_len=\(model)."
    }
  }

  static func check(
    _ configuration: ModelConfiguration, path: String, _ recipe: Recipe, _ tokenizer: ByteTokenizer
  ) throws {
    guard configuration.vocabularySize == tokenizer.vocabularySize else {
      throw PretrainingError.vocabulary(
        path: path, model: configuration.vocabularySize, tokenizer: tokenizer.vocabularySize)
    }
    let length = recipe.training.maximumSequenceLength
    guard configuration.maximumPositionEmbeddings >= length else {
      throw PretrainingError.positions(
        path: path, model: configuration.maximumPositionEmbeddings, sequenceLength: length)
    }
  }
}
