import Architectures
import FileFormats
import Foundation
import Kernels
import Tokenization

/// A model that is run, its weights not yet loaded, with an adapter or without.
package struct OpenedModel {
  package let model: StoredModel
  package let adapter: LoRAAdapter?
  /// What a user should know of what was opened.
  package let notes: [String]

  /// - Parameters:
  ///   - path: a model, or an adapter that says where its model is.
  ///   - adapterPath: an adapter for a model.
  ///   - i2sLayout: how the I2_S tensors of a GGUF file are laid out; nothing in the file says so.
  /// - Throws: `FileError`, `ModelLocationError`, `OpenedModelError`, `AdapterError`; what is wrong inside.
  package init(_ path: String, adapter adapterPath: String? = nil, i2sLayout: I2SLayout = .blocksOf128) throws {
    let location = try ModelLocation(resolving: URL(fileURLWithPath: path))
    if case .adapter(let url) = location {
      if adapterPath != nil { throw OpenedModelError.twoAdapters(path: path) }
      let adapter = try LoRAAdapter(url)
      try self.init(
        StoredModel(ModelLocation(resolving: adapter.locateBase()), i2sLayout: i2sLayout), adapter)
    } else {
      try self.init(
        StoredModel(location, i2sLayout: i2sLayout), adapterPath.map { try LoRAAdapter(Self.adapterFolder($0)) })
    }
  }

  package init(_ model: StoredModel) { (self.model, adapter, notes) = (model, nil, model.notes) }

  private init(_ model: StoredModel, _ adapter: LoRAAdapter?) throws {
    self.adapter = adapter
    guard let adapter else {
      (self.model, notes) = (model, model.notes)
      return
    }
    let changes = try CheckpointIntegrity(adapter.url)?.check() ?? []
    if adapter.configuration.placement == .inside,
      try model.architecture.quantizedParameters.contains(where: model.weights.holdsCodesAlone)
    {
      throw OpenedModelError.insideAdapterOnCodes(path: adapter.url.path)
    }
    if try adapter.belongs(to: model.weights) {
      (self.model, notes) = (model, model.notes + changes)
    } else {
      // The same model before its run gave it tokens: those that the adapter knows are in the run's own copy.
      self.model = try Self.modelWithTokens(of: adapter, insteadOf: model)
      let choice =
        "the run of the adapter added tokens to \(model.url.path); its own model is used: \(self.model.url.path)"
      notes = [choice] + self.model.notes + changes
    }
    try checkVocabulary(of: adapter)
  }

  /// The model that the run of an adapter made of another by adding tokens.
  private static func modelWithTokens(of adapter: LoRAAdapter, insteadOf model: StoredModel) throws -> StoredModel {
    let own: StoredModel
    do {
      own = try StoredModel(adapter.locateBase())
    } catch let error as AdapterError {
      throw OpenedModelError.otherVocabularySize(path: adapter.url.path, model: model.url.path, "\(error)")
    }
    guard try adapter.belongs(to: own.weights) else {
      throw OpenedModelError.otherVocabularySize(
        path: adapter.url.path, model: model.url.path, "\(own.url.path) has another size as well")
    }
    return own
  }

  /// Models of one origin that were given other tokens differ in nothing but these.
  private func checkVocabulary(of adapter: LoRAAdapter) throws {
    guard let tokenizerFolder, let tokenizer = try? model.tokenizer() else { return }
    let trained = try TokenizerFiles.open(folder: tokenizerFolder)
    if let difference = VocabularyDifference(between: trained, and: tokenizer) {
      throw OpenedModelError.otherTokens(path: adapter.url.path, model: model.url.path, difference)
    }
  }

  /// An adapter folder, or the newest checkpoint of the run that made it.
  private static func adapterFolder(_ path: String) throws -> URL {
    let url = URL(fileURLWithPath: path)
    return FileSystem.isDirectory(url) && !LoRAAdapter.isAdapter(url) ? try ModelLocation(resolving: url).url : url
  }

  package var url: URL { adapter?.url ?? model.url }
  package var weights: any ModelWeights { model.weights }
  package var architecture: Architecture { model.architecture }

  /// That of the adapter's folder, where it brings one of its own.
  /// - Throws: `TokenizerError`, `GGUFError`, `StoredModelError`.
  package func tokenizer() throws -> any Tokenizer {
    try tokenizerFolder.map(TokenizerFiles.open(folder:)) ?? model.tokenizer()
  }

  /// Loads the weights, with the current threads.
  package func runtime(expecting rows: ExpectedRows = .one) throws -> RuntimeModel {
    try RuntimeModel(weights, adapter: adapter, expecting: rows)
  }

  /// Runs the model; where its logits are no numbers, says which of its weights are none.
  /// - Throws: `NonFiniteWeights`, `StoredTensorError` instead of `InferenceError.logitNotFinite`; what `work` throws.
  package func explainingNumbers<Result>(_ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch let error as InferenceError {
      if case .logitNotFinite = error { try weights.requireUsableNumbers() }
      throw error
    }
  }

  /// How a conversation becomes a prompt, if the model or its adapter says so.
  /// - Throws: `ChatTemplateError`, `TokenizerError`, `GGUFError` for templates that cannot be read.
  package func chatTemplate() throws -> ChatTemplate? {
    try tokenizerFolder.map { try ChatTemplate(folder: $0) } ?? model.chatTemplate()
  }

  /// The same, where there must be one.
  /// - Throws: `NoModelTemplate`, `ChatTemplateError`, `TokenizerError.unreadable`.
  package func requiredTemplate() throws -> ChatTemplate {
    guard let template = try chatTemplate() else { throw NoModelTemplate(path: url.path) }
    return template
  }

  private var tokenizerFolder: URL? {
    adapter.flatMap { TokenizerFiles.isTokenizer(folder: $0.url) ? $0.url : nil }
  }
}

/// Why a model and an adapter do not go together.
package enum OpenedModelError: Error, CustomStringConvertible {
  case twoAdapters(path: String)
  case insideAdapterOnCodes(path: String)
  case otherVocabularySize(path: String, model: String, String)
  case otherTokens(path: String, model: String, VocabularyDifference)

  package var description: String {
    switch self {
    case .twoAdapters(let path):
      "\(path): is an adapter itself; --adapter names another. Give the model and one adapter."
    case .insideAdapterOnCodes(let path):
      "\(path): belongs inside the quantiser of a model with full-precision masters, and this one has only codes. Use "
        + "the checkpoint, or merge with `bitnet merge` and export the result."
    case .otherVocabularySize(let path, let model, let reason):
      "\(path): was trained on the layers of \(model), but with another number of tokens: most likely its run added those "
        + "of a chat template. The model that has them lies in the run, as `base`, and is needed: \(reason)"
    case .otherTokens(let path, let model, let difference):
      "\(path): was trained on the layers of \(model), but token \(difference.id) is \"\(difference.left)\" to the "
        + "adapter and \"\(difference.right)\" to the model: most likely different runs added tokens to one model. Name the "
        + "model of the adapter's own run."
    }
  }
}

/// Why it is not known how to talk with a model.
package struct NoModelTemplate: Error, CustomStringConvertible {
  package let path: String

  package var description: String {
    "\(path): has no chat template. Name one with --chat-template (\(ChatTemplate.builtInNames), or a .jinja file)."
  }
}
