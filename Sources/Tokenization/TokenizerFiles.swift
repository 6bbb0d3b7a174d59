import FileFormats
import Foundation

/// Opens the tokenizer that a file describes, of whatever kind it is.
public enum TokenizerFiles {
  /// The tokenizer in a GGUF file.
  /// - Throws: `GGUFError`, `TokenizerError`.
  public static func open(gguf file: GGUFFile) throws -> any Tokenizer {
    try file.string("tokenizer.ggml.model") == "rwkv" ? ByteTokenizer(gguf: file) : TextTokenizer(gguf: file)
  }

  public static func open(_ url: URL) throws -> any Tokenizer {
    try open(gguf: GGUFFile(url))
  }
}
