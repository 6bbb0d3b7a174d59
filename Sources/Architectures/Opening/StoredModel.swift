import FileFormats
import Foundation
import Kernels
import Tokenization

/// A model as a path names it, its weights not yet loaded: a Hugging Face folder, a run folder, a GGUF file or a file of
/// llama2.c, with its tokenizer and its chat template.
public struct StoredModel: Sendable {
  public let weights: any ModelWeights
  /// What a user should know of its files.
  public let notes: [String]
  /// What the checkpoint says that was saved before its layers quantised fully.
  public let unfinishedQuantization: UnfinishedQuantization?
  private let place: Place

  private enum Place: Sendable {
    case folder(URL)
    case gguf(GGUFFile)
    case llama2C(URL)
  }

  public var url: URL { weights.url }
  public var architecture: Architecture { weights.architecture }

  /// - Throws: `FileError`, `ModelLocationError`, `StoredModelError`; `ManifestError` for a checkpoint with other weights
  ///   than its run wrote; what is wrong inside.
  public init(_ url: URL) throws { try self.init(ModelLocation(resolving: url)) }

  /// - Parameter i2sLayout: how the I2_S tensors of a GGUF file are laid out; nothing in the file says so.
  /// - Throws: `StoredModelError.noI2S` for another layout than the usual one where there is nothing to lay out.
  package init(_ location: ModelLocation, i2sLayout: I2SLayout = .blocksOf128) throws {
    switch location {
    case .folder(let url):
      unfinishedQuantization = try UnfinishedQuantization(folder: url)
      notes = try (CheckpointIntegrity(url)?.check() ?? []) + (unfinishedQuantization.map { [$0.note(url.path)] } ?? [])
      (weights, place) = (try ModelFolder(url), .folder(url))
    case .ggufFile(let url):
      let file = try GGUFFile(url)
      (weights, place, notes) = (try GGUFModel(file, i2sLayout: i2sLayout), .gguf(file), [])
      unfinishedQuantization = nil
    case .llama2CFile(let url):
      (weights, place, notes) = (try Llama2CModel(Llama2CFile(url)), .llama2C(url), [])
      unfinishedQuantization = nil
    case .adapter(let url): throw StoredModelError.adapterAlone(path: url.path)
    case .safetensorsFile(let url): throw StoredModelError.weightsAlone(path: url.path)
    }
    let holdsI2S = ggufFile?.tensors.contains { $0.type == .i2_s } ?? false
    guard i2sLayout == .blocksOf128 || holdsI2S else { throw StoredModelError.noI2S(path: url.path) }
  }

  /// - Parameter action: what is about to be done, such as `exported`.
  /// - Throws: `UnfinishedQuantizationError.notYet` for a checkpoint from within the warm-up of its quantisation.
  package func requireFinishedQuantization(toBe action: String) throws {
    guard let unfinishedQuantization else { return }
    throw UnfinishedQuantizationError.notYet(path: url.path, action: action, unfinishedQuantization)
  }

  /// The folder of a model that is one.
  public var folder: URL? { if case .folder(let url) = place { url } else { nil } }

  /// The GGUF file of a model that is one.
  package var ggufFile: GGUFFile? { if case .gguf(let file) = place { file } else { nil } }

  /// - Throws: `TokenizerError`, `GGUFError`; `StoredModelError.noVocabulary`.
  public func tokenizer() throws -> any Tokenizer {
    switch place {
    case .folder(let url): return try TokenizerFiles.open(folder: url)
    case .gguf(let file): return try TokenizerFiles.open(gguf: file)
    case .llama2C(let url):
      let names = ["tok\(architecture.vocabularySize).bin", "tokenizer.bin", "tokenizer.model"]
      let folder = url.deletingLastPathComponent()
      guard let found = names.map(folder.appendingPathComponent).first(where: { FileSystem.exists($0) }) else {
        throw StoredModelError.noVocabulary(path: url.path, names: names)
      }
      return try TokenizerFiles.open(found)
    }
  }

  /// How a conversation becomes a prompt, if the model says so.
  /// - Throws: `ChatTemplateError`, `TokenizerError`, `GGUFError` for templates that cannot be read.
  public func chatTemplate() throws -> ChatTemplate? {
    switch place {
    case .folder(let url): try ChatTemplate(folder: url)
    case .gguf(let file): try ChatTemplate(gguf: file)
    case .llama2C: nil
    }
  }
}

/// Why a path names nothing that can be run or trained.
public enum StoredModelError: Error, Equatable, Sendable, CustomStringConvertible {
  case weightsAlone(path: String)
  case adapterAlone(path: String)
  case noVocabulary(path: String, names: [String])
  /// A layout was named for tensors of a type that the model does not have.
  case noI2S(path: String)

  public var description: String {
    switch self {
    case .weightsAlone(let path):
      "\(path): holds weights alone, without config.json and tokenizer. Name the folder it belongs to."
    case .adapterAlone(let path):
      "\(path): is an adapter. Merge it into its model with `bitnet merge`, or name the model."
    case .noVocabulary(let path, let names):
      "\(path): a file of llama2.c has no vocabulary. Put it beside the model as \(names.joined(separator: " or "))."
    case .noI2S(let path):
      "\(path): has no I2_S tensors, which alone have two layouts. Leave --i2s-layout out."
    }
  }
}
