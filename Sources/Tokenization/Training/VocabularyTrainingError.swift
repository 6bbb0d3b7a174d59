/// Why no vocabulary can be learned.
public enum VocabularyTrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// - Parameter minimum: the 256 bytes and the special tokens.
  case vocabularyTooSmall(asked: Int, minimum: Int, specialTokens: Int)
  case vocabularyTooLarge(asked: Int, maximum: Int)
  case emptyText
  /// - Parameter bytes: of the words that differ.
  case tooManyDistinctWords(bytes: Int, maximum: Int)

  public var description: String {
    switch self {
    case .vocabularyTooSmall(let asked, let minimum, let specialTokens):
      """
      a vocabulary of \(asked) tokens is too small: it needs at least \(minimum), 256 for the bytes and \
      \(specialTokens) for special tokens. Ask for more tokens.
      """
    case .vocabularyTooLarge(let asked, let maximum):
      "a vocabulary of \(asked) tokens is too large. Ask for at most \(maximum) tokens."
    case .emptyText:
      "the text has no bytes, so no vocabulary can be learned from it. Expected text; check how it was made."
    case .tooManyDistinctWords(let bytes, let maximum):
      """
      the words of the text that differ have \(bytes) bytes in all; at most \(maximum) can be merged at once. Train on \
      a part of the text.
      """
    }
  }
}
