import Architectures
import FileFormats
import Foundation
import Tokenization

/// The tokenizer that a recipe names, and the files that make it part of a checkpoint.
struct RecipeTokenizer {
  let tokenizer: any Tokenizer

  /// - Throws: `TokenizerError`; what opening a model throws.
  init(_ configuration: TokenizerConfiguration) throws {
    tokenizer = try configuration.path.map(Self.open) ?? ByteTokenizer(configuration)
  }

  /// tokenizer.json and what else belongs to it, by name.
  func files(maximumLength: Int) throws -> [String: Data] {
    try tokenizer.files(maximumLength: maximumLength, chatTemplate: nil)
  }

  /// A file, a folder with a tokenizer in it, or a model whose tokenizer it is.
  private static func open(_ path: String) throws -> any Tokenizer {
    let url = URL(fileURLWithPath: path)
    let isFile = FileSystem.exists(url) && !FileSystem.isDirectory(url)
    if isFile || TokenizerFiles.isTokenizer(folder: url) { return try TokenizerFiles.open(url) }
    return try StoredModel(url).tokenizer()
  }
}

extension TokenizerConfiguration {
  /// The shape of a new model: with the vocabulary of a tokenizer that has a file of its own.
  func sized(_ model: Architecture, for tokenizer: any Tokenizer) -> Architecture {
    guard path != nil else { return model }
    var sized = model
    sized.vocabularySize = tokenizer.vocabularySize
    return sized
  }
}
