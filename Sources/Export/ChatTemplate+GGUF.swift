import FileFormats
import Tokenization

/// Chat templates in GGUF files. The text that a template gives is tokenised there, so the special tokens in it are
/// spelt as the file's vocabulary spells them.
extension ChatTemplate {
  package static let ggufKey = "tokenizer.chat_template"
  static let ggufEndOfTurnKey = "tokenizer.ggml.eot_token_id"

  /// The template for a file with a vocabulary of bytes.
  var ggufJinja: String { jinja(spelling: ByteTokenizer.ggufText) }

  /// The keys that a file of this template has.
  /// - Throws: `ChatTemplateError.missingSpecialToken`.
  package func ggufMetadata(_ tokenizer: ByteTokenizer) throws -> [GGUFMetadata.Entry] {
    let end = try endTokenID(tokenizer)
    return [
      .init(key: Self.ggufKey, value: .string(ggufJinja)),
      .init(key: Self.ggufEndOfTurnKey, value: .uint32(UInt32(clamping: end))),
    ]
  }
}

extension StoredChatTemplate {
  /// The template of a GGUF file; nil when it has none.
  /// - Throws: `GGUFError.Problem.wrongKeyType`.
  package init?(gguf file: GGUFFile) throws {
    guard file.metadata[ChatTemplate.ggufKey] != nil else { return nil }
    let text = try file.string(ChatTemplate.ggufKey)
    let own = ChatTemplate.allCases.first { $0.ggufJinja == text }
    self = own.map(Self.known) ?? StoredChatTemplate(jinja: text)
  }
}
