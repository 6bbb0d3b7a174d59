import FileFormats
import Foundation

extension TextTokenizer {
  public func files(maximumLength: Int, chatTemplate: String?) throws -> [String: Data] {
    throw TokenizerError.inexpressible(format: "tokenizer.json", found: "this vocabulary")
  }
  public func ggufMetadata(vocabularySize: Int, ids: GGUFTokenIDs?) throws -> [GGUFMetadata.Entry] {
    throw TokenizerError.inexpressible(format: "GGUF", found: "this vocabulary")
  }
}
