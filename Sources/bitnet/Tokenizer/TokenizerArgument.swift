import Architectures
import FileFormats
import Foundation
import Tokenization

/// The MODEL argument of commands that need nothing of a model but its tokenizer.
enum TokenizerArgument {
  static let help =
    "A model (folder, run folder, GGUF file), or the file of a tokenizer: tokenizer.json, tokenizer.model, or ranks."

  /// - Throws: `FileError`, `TokenizerError`, `ModelLocationError` for a folder that is neither a model nor a run.
  static func open(_ path: String) throws -> any Tokenizer {
    let url = URL(fileURLWithPath: path)
    guard FileSystem.exists(url) else { throw FileError.notFound(path: path) }
    guard FileSystem.isDirectory(url) else { return try TokenizerFiles.open(url) }
    // A tokenizer may lie in a folder of its own, without a model.
    return try TokenizerFiles.open(
      folder: TokenizerFiles.isTokenizer(folder: url) ? url : ModelLocation(resolving: url).url)
  }
}
