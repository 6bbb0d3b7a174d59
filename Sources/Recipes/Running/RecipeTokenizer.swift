import Architectures
import FileFormats
import Foundation
import Tokenization

/// The tokenizer that a recipe names, and the files that make it part of a checkpoint.
struct RecipeTokenizer {
  let tokenizer: any Tokenizer
  private let bytes: ByteTokenizer

  /// - Throws: `TokenizerError`.
  init(_ configuration: TokenizerConfiguration) throws {
    if let path = configuration.path {
      bytes = try ByteTokenizer(folder: Self.folder(path)).adding(specialTokens: configuration.specialTokens)
    } else {
      bytes = try ByteTokenizer(configuration)
    }
    tokenizer = bytes
  }

  /// tokenizer.json and what else belongs to it, by name.
  func files(maximumLength: Int) throws -> [String: Data] { try bytes.files(maximumLength: maximumLength) }

  /// The folder of a tokenizer.json, whether or not there is a model beside it, or the newest checkpoint of a run.
  private static func folder(_ path: String) throws -> URL {
    let (url, name) = (URL(fileURLWithPath: path), ByteTokenizer.tokenizerFileName)
    if url.lastPathComponent == name { return url.deletingLastPathComponent() }
    return FileSystem.exists(url.appendingPathComponent(name)) ? url : try ModelLocation(resolving: url).url
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
