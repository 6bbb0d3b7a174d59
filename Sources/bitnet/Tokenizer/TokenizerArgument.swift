import Architectures
import FileFormats
import Foundation
import Tokenization

/// The MODEL argument of commands that need nothing of a model but its tokenizer.
enum TokenizerArgument {
  static let help =
    "A model (folder, run folder, GGUF file), or the file of a tokenizer: tokenizer.json, tokenizer.model, or ranks."

  /// A folder with one of these is opened as it is: a tokenizer may lie there without a model.
  private static let fileNames = ["tokenizer.json", "tokenizer.model"]

  /// - Throws: `FileError`, `TokenizerError`, `ModelLocationError` for a folder that is neither a model nor a run.
  static func open(_ path: String) throws -> any Tokenizer {
    let url = URL(fileURLWithPath: path)
    guard FileSystem.exists(url) else { throw FileError.notFound(path: path) }
    guard FileSystem.isDirectory(url) else { return try TokenizerFiles.open(url) }
    let isComplete = fileNames.contains { FileSystem.exists(url.appendingPathComponent($0)) }
    return try TokenizerFiles.open(folder: isComplete ? url : ModelLocation(resolving: url).url)
  }
}
