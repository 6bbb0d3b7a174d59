/// What an id of a vocabulary is.
enum TokenKind: UInt8, Sendable {
  /// Merges make it.
  case ordinary
  /// One byte of a character that a vocabulary of characters lacks.
  case byte
  /// An added token with a meaning of its own.
  case special
  /// An added token that is ordinary text.
  case added
  /// A number without a token, or a token that no text gets.
  case unused
}
