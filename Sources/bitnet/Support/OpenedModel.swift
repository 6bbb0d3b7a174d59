import Foundation
import Inference
import Kernels
import ModelFormats
import Tokenization

/// A model that a command runs: a folder or a GGUF file, its weights not yet loaded.
enum OpenedModel {
  case folder(ModelFolder)
  case gguf(GGUFFile, ModelConfiguration)

  /// - Throws: `FileError`, `ModelLocationError`, `ModelArgumentError`; what is wrong inside.
  init(_ path: String) throws {
    switch try ModelLocation(resolving: URL(fileURLWithPath: path)) {
    case .folder(let url): self = .folder(try ModelFolder(url))
    case .safetensorsFile(let url): throw ModelArgumentError.weightsAlone(path: url.path)
    case .ggufFile(let url):
      let file = try GGUFFile(url)
      self = .gguf(file, try ModelConfiguration(gguf: file))
    }
  }

  var url: URL {
    switch self {
    case .folder(let folder): folder.url
    case .gguf(let file, _): file.url
    }
  }

  var configuration: ModelConfiguration {
    switch self {
    case .folder(let folder): folder.configuration
    case .gguf(_, let configuration): configuration
    }
  }

  /// - Throws: `TokenizerError` for tokenizers that are not implemented.
  func tokenizer() throws -> ByteTokenizer {
    switch self {
    case .folder(let folder): try ByteTokenizer(folder: folder.url)
    case .gguf(let file, _): try ByteTokenizer(gguf: file)
    }
  }

  /// Loads the weights, with the current threads.
  func runtime() throws -> RuntimeModel {
    switch self {
    case .folder(let folder): try RuntimeModel(folder: folder)
    case .gguf(let file, _): try RuntimeModel(gguf: file)
    }
  }

  /// The Jinja text that says how a conversation becomes a prompt, if the model has one.
  func chatTemplate() throws -> String? {
    switch self {
    case .gguf(let file, _):
      guard case .string(let text)? = file.metadata["tokenizer.chat_template"] else { return nil }
      return text
    case .folder(let folder):
      let url = folder.url.appendingPathComponent("chat_template.jinja")
      guard FileManager.default.fileExists(atPath: url.path) else { return nil }
      return try String(contentsOf: url, encoding: .utf8)
    }
  }
}
