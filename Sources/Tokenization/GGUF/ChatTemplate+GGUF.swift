import FileFormats
import Templates

/// Chat templates in GGUF files. The text that a template gives is tokenised there, so the special tokens in it are
/// spelt as the file's vocabulary spells them.
extension ChatTemplate {
  package static let ggufKey = "tokenizer.chat_template"
  static let ggufEndOfTurnKey = "tokenizer.ggml.eot_token_id"

  /// The keys that a file of this template has. Where no token ends an answer, none is named.
  /// - Throws: `ChatTemplateError.missingSpecialToken`.
  package func ggufMetadata(_ tokenizer: any Tokenizer) throws -> [GGUFMetadata.Entry] {
    let text = GGUFMetadata.Entry(key: Self.ggufKey, value: .string(jinja(spelling: tokenizer.ggufText)))
    do {
      let end = try endTokenID(tokenizer)
      return [text, .init(key: Self.ggufEndOfTurnKey, value: .uint32(UInt32(clamping: end)))]
    } catch ChatTemplateError.noEndToken {
      return [text]
    }
  }
}

extension ChatTemplate {
  /// The template of a GGUF file; nil when it has none.
  /// - Throws: `GGUFError.Problem.wrongKeyType`, `ChatTemplateError.jinja`.
  package init?(gguf file: GGUFFile) throws {
    guard file.metadata[Self.ggufKey] != nil else { return nil }
    let text = try file.string(Self.ggufKey)
    if let own = Self.allCases.first(where: { $0.jinja(spelling: ByteTokenizer().ggufText) == text }) {
      self = own
    } else {
      try self.init(jinja: text, name: "\(file.url.path): \(Self.ggufKey)", variables: Self.variables(of: file))
    }
  }

  /// The names of special tokens that templates use.
  private static func variables(of file: GGUFFile) -> JinjaDictionary {
    var result = JinjaDictionary()
    guard case .array(let array)? = file.metadata["tokenizer.ggml.tokens"], let texts = array.strings else {
      return result
    }
    let names = [("bos", "bos"), ("eos", "eos"), ("padding", "pad"), ("unknown", "unk")]
    for (key, name) in names {
      guard let id = file.metadata["tokenizer.ggml.\(key)_token_id"]?.integerValue, texts.indices.contains(id)
      else { continue }
      result["\(name)_token"] = .string(texts[id])
    }
    return result
  }
}
