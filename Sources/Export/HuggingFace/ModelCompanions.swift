import Architectures
import FileFormats
import Foundation
import Tokenization

/// What a Hugging Face folder has besides config.json and the weights: tokenizer, chat template, generation defaults.
package struct ModelCompanions {
  /// Where the tokenizer comes from.
  package enum Vocabulary: String, Sendable {
    /// The files of the source folder, byte for byte.
    case copied
    /// Made from a vocabulary of another format.
    case written
    /// The source has none.
    case missing
    /// On request.
    case leftOut = "left out"
  }

  package let files: [String: Data]
  package let vocabulary: Vocabulary

  private static let generationFileName = "generation_config.json"
  /// What tokenizers of transformers consist of.
  private static let tokenizerFileNames = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja",
    "tokenizer.model", "vocab.json", "merges.txt",
  ]

  /// - Parameter withTokenizer: whether the tokenizer is to come along.
  /// - Throws: `FileError`; `TokenizerError` naming what of a vocabulary tokenizer.json cannot express.
  package init(of model: StoredModel, withTokenizer: Bool = true) throws {
    var files: [String: Data] = [:]
    if !withTokenizer {
      vocabulary = .leftOut
    } else if let folder = model.folder {
      for url in try FileSystem.contents(of: folder) where Self.tokenizerFileNames.contains(url.lastPathComponent) {
        files[url.lastPathComponent] = try Self.contents(url)
      }
      vocabulary = TokenizerFiles.isTokenizer(folder: folder) ? .copied : .missing
    } else if Self.hasVocabulary(model) {
      files = try model.tokenizer().files(
        maximumLength: model.architecture.maximumPositionEmbeddings, chatTemplate: model.chatTemplate()?.jinja)
      vocabulary = .written
    } else {
      vocabulary = .missing
    }
    files[Self.generationFileName] = try Self.generationDefaults(model)
    self.files = files
  }

  private static func contents(_ url: URL) throws -> Data {
    try MappedFile(url, allowsEmpty: true).withBytes { Data($0) }
  }

  private static func hasVocabulary(_ model: StoredModel) -> Bool {
    if let file = model.ggufFile {
      guard case .string(let name)? = file.metadata["tokenizer.ggml.model"] else { return false }
      return !["none", "no_vocab"].contains(name)
    }
    do {
      _ = try model.tokenizer()
      return true
    } catch StoredModelError.noVocabulary {
      return false
    } catch {
      return true
    }
  }

  /// Those of the source folder, else the special tokens of the model; a conversation ends at the token of its template.
  private static func generationDefaults(_ model: StoredModel) throws -> Data {
    if let url = model.folder?.appendingPathComponent(generationFileName), FileSystem.exists(url) {
      return try contents(url)
    }
    let architecture = model.architecture
    var ends = architecture.endOfSequenceTokenIDs
    if let template = try? model.chatTemplate(), let tokenizer = try? model.tokenizer(),
      let end = try? template.endTokenID(tokenizer), !ends.contains(Int(end)), !ends.isEmpty
    {
      ends.append(Int(end))
    }
    var members: [String: JSONValue] = ["_from_model_config": .boolean(true)]
    members["bos_token_id"] = architecture.beginningOfSequenceTokenID.map(JSONValue.integer)
    members["pad_token_id"] = architecture.paddingTokenID.map(JSONValue.integer)
    members["eos_token_id"] =
      ends.count > 1 ? .array(ends.map(JSONValue.integer)) : ends.first.map(JSONValue.integer)
    return try JSONValue.object(members).serialized()
  }
}
