import Architectures
import FileFormats
import Foundation
import Inference
import Kernels
import Tokenization

/// A model that a command runs, its weights not yet loaded: a folder or a GGUF file, with an adapter or without.
struct OpenedModel {
  enum Source {
    case folder(ModelFolder)
    case gguf(GGUFModel)
  }

  let source: Source
  let adapter: LoRAAdapter?

  /// - Parameters:
  ///   - path: a model, or an adapter that says where its model is.
  ///   - adapterPath: an adapter for a model.
  /// - Throws: `FileError`, `ModelLocationError`, `ModelArgumentError`, `AdapterError`; what is wrong inside.
  init(_ path: String, adapter adapterPath: String? = nil) throws {
    let location = try ModelLocation(resolving: URL(fileURLWithPath: path))
    if case .adapter(let url) = location {
      if adapterPath != nil { throw ModelArgumentError.twoAdapters(path: path) }
      let adapter = try LoRAAdapter(url)
      try self.init(ModelLocation(resolving: adapter.locateBase()), adapter)
    } else {
      try self.init(location, adapterPath.map { try LoRAAdapter(Self.adapterFolder($0)) })
    }
  }

  init(_ folder: ModelFolder) {
    source = .folder(folder)
    adapter = nil
  }

  private init(_ location: ModelLocation, _ adapter: LoRAAdapter?) throws {
    switch location {
    case .folder(let url):
      let folder = try ModelFolder(url)
      try adapter?.check(folder.architecture, fingerprint: folder.weightsFingerprint())
      source = .folder(folder)
    case .ggufFile(let url):
      let model = try GGUFModel(url)
      if let adapter {
        guard adapter.configuration.placement == .beside else {
          throw ModelArgumentError.insideAdapterOnCodes(path: adapter.url.path)
        }
        try adapter.check(model.architecture, fingerprint: nil)
      }
      source = .gguf(model)
    case .adapter(let url): throw ModelArgumentError.adapterAlone(path: url.path)
    case .safetensorsFile(let url): throw ModelArgumentError.weightsAlone(path: url.path)
    }
    self.adapter = adapter
  }

  /// An adapter folder, or the newest checkpoint of the run that made it.
  private static func adapterFolder(_ path: String) throws -> URL {
    let url = URL(fileURLWithPath: path)
    return FileSystem.isDirectory(url) && !LoRAAdapter.isAdapter(url) ? try ModelLocation(resolving: url).url : url
  }

  var url: URL {
    if let adapter { return adapter.url }
    return weights.url
  }

  var weights: any ModelWeights {
    switch source {
    case .folder(let folder): folder
    case .gguf(let model): model
    }
  }

  var architecture: Architecture { weights.architecture }

  /// - Throws: `TokenizerError` for tokenizers that are not implemented.
  func tokenizer() throws -> ByteTokenizer {
    switch source {
    case .folder(let folder): try ByteTokenizer(folder: tokenizerFolder ?? folder.url)
    case .gguf(let model): try ByteTokenizer(gguf: model.file)
    }
  }

  /// Loads the weights, with the current threads.
  func runtime() throws -> RuntimeModel {
    try RuntimeModel(weights, adapter: adapter)
  }

  /// How a conversation becomes a prompt, if the model or its adapter says so.
  /// - Throws: `ChatTemplateError`, `TokenizerError`, `GGUFError` for templates that cannot be read.
  func chatTemplate() throws -> ChatTemplate? {
    switch source {
    case .gguf(let model): try ChatTemplate(gguf: model.file)
    case .folder(let folder): try ChatTemplate(folder: tokenizerFolder ?? folder.url)
    }
  }

  /// The adapter's folder, where that brings a tokenizer of its own.
  private var tokenizerFolder: URL? {
    guard let adapter,
      FileSystem.exists(adapter.url.appendingPathComponent(ByteTokenizer.tokenizerFileName))
    else { return nil }
    return adapter.url
  }
}
