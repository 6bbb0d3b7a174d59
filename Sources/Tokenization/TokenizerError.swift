/// Why a tokenizer could not be built, read or used.
public enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  case tokenOutOfRange(id: Int32, vocabularySize: Int)
  case invalidSpecialToken(text: String, reason: String)
  case unreadable(path: String, reason: String)
  /// A tokenizer.json of a kind that this program does not know.
  case unsupported(path: String, found: String)

  public var description: String {
    switch self {
    case .tokenOutOfRange(let id, let vocabularySize):
      "token id \(id) is outside the vocabulary of \(vocabularySize) (ids 0 to \(vocabularySize - 1)). "
        + "Check that the tokens were made by this tokenizer."
    case .invalidSpecialToken(let text, let reason):
      "special token \"\(text)\": \(reason)."
    case .unreadable(let path, let reason):
      "\(path): \(reason). Copy the file again from where the model was saved."
    case .unsupported(let path, let found):
      "\(path): \(found). Supported: byte tokenizers, whose 256 ordinary tokens are the bytes and whose special "
        + "tokens follow from id 256."
    }
  }
}
