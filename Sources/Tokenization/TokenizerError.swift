/// Why a tokenizer could not be built, read or used.
public enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  case tokenOutOfRange(id: Int32, vocabularySize: Int)
  case invalidSpecialToken(text: String, reason: String)
  case unreadable(path: String, reason: String)
  /// A tokenizer of a kind that this program does not know.
  case unsupported(path: String, found: String)
  /// A tokenizer that the format to be written has no words for.
  case inexpressible(format: String, found: String)
  /// A model with fewer rows than its tokenizer has tokens.
  case tooManyTokens(tokenizer: Int, model: Int)
  /// A text to train a tokenizer on that does not give what is asked for.
  case training(String)

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
      "\(path): \(found). Supported: bytes; byte-level BPE with the splitters of GPT-2, Llama 3, Qwen 2, SmolLM, GPT-4o "
        + "and Tekken; BPE of characters with byte fallback, as of Llama 2 and Mistral."
    case .inexpressible(let format, let found):
      "\(format) cannot express \(found). Keep this tokenizer in the format that it came in."
    case .tooManyTokens(let tokenizer, let model):
      "the tokenizer has \(tokenizer) tokens, the model only \(model) rows. Use the tokenizer that the model was "
        + "trained with."
    case .training(let reason):
      "the tokenizer cannot be trained: \(reason)."
    }
  }
}
