import FileFormats
import Foundation

/// Opens the tokenizer that a file describes, of whatever kind it is.
public enum TokenizerFiles {
  private static let sentencePieceName = "tokenizer.model"

  /// Whether a folder has a tokenizer that `open(folder:)` looks for.
  public static func isTokenizer(folder: URL) -> Bool {
    [ByteTokenizer.tokenizerFileName, sentencePieceName].contains {
      FileSystem.exists(folder.appendingPathComponent($0))
    }
  }

  /// The tokenizer of a model folder: its tokenizer.json, or else its tokenizer.model.
  /// - Throws: `TokenizerError`.
  public static func open(folder: URL) throws -> any Tokenizer {
    let json = folder.appendingPathComponent(ByteTokenizer.tokenizerFileName)
    let model = folder.appendingPathComponent(sentencePieceName)
    if !FileSystem.exists(json), FileSystem.exists(model) { return try open(model) }
    return try open(tokenizerJSON: json)
  }

  /// The tokenizer in a GGUF file.
  /// - Throws: `GGUFError`, `TokenizerError`.
  public static func open(gguf file: GGUFFile) throws -> any Tokenizer {
    try file.string("tokenizer.ggml.model") == "rwkv" ? ByteTokenizer(gguf: file) : TextTokenizer(gguf: file)
  }

  /// The tokenizer in a folder, a tokenizer.json, a GGUF file, a tokenizer.model of SentencePiece, a file of tiktoken
  /// ranks, or a vocabulary of llama2.c, told apart by what they contain.
  /// - Throws: `FileError`, `GGUFError`, `TokenizerError`.
  public static func open(_ url: URL) throws -> any Tokenizer {
    if url.hasDirectoryPath || FileSystem.isDirectory(url) { return try open(folder: url) }
    let file = try MappedFile(url)
    let data = file.withBytes { Data($0.prefix(4096)) }
    if data.starts(with: "GGUF".utf8) { return try open(gguf: GGUFFile(url)) }
    let firstText = data.first { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }
    if firstText == UInt8(ascii: "{"), data.first != 0x0A || url.pathExtension == "json" {
      return try open(tokenizerJSON: url)
    }
    let whole = try TokenizerFile.read(url)
    if RankFile.recognizes(data) { return try RankFile.tokenizer(whole, path: url.path) }
    if SentencePieceFile.recognizes(data) { return try SentencePieceFile.tokenizer(whole, path: url.path) }
    if url.pathExtension == "bin" || Llama2CVocabulary.recognizes(whole) {
      return try Llama2CVocabulary.tokenizer(whole, path: url.path)
    }
    throw TokenizerError.unsupported(
      path: url.path, found: "neither a tokenizer.json, nor GGUF, SentencePiece, tiktoken ranks or llama2.c")
  }
}
