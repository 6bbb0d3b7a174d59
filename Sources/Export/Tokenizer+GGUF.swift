import Architectures
import FileFormats
import Tokenization

extension Tokenizer {
  /// The tokenizer keys of a GGUF file of a model, with the ids that its architecture names.
  /// - Throws: `ExportError.vocabulary`; `TokenizerError` for what GGUF cannot express.
  package func ggufMetadata(vocabularySize: Int, ids: Architecture) throws -> [GGUFMetadata.Entry] {
    guard self.vocabularySize <= vocabularySize else {
      throw ExportError.vocabulary(tokenizer: self.vocabularySize, model: vocabularySize)
    }
    return try ggufMetadata(
      vocabularySize: vocabularySize,
      ids: GGUFTokenIDs(
        beginningOfSequence: ids.beginningOfSequenceTokenID, endOfSequence: ids.endOfSequenceTokenID,
        padding: ids.paddingTokenID))
  }
}
