/// A vocabulary that grows by merging pairs: what every token is, and which pairs merge.
///
/// Symbols are numbers: the ids of tokens, and above them characters that are no token but part of one.
struct BytePairModel: Sendable {
  /// What a piece of text consists of before anything is merged.
  enum Units: Sendable {
    case bytes
    /// Characters; those that the vocabulary lacks are spelt by the tokens of their bytes.
    case characters
  }

  /// The symbol of a byte that has no token.
  static let noSymbol = UInt32.max
  /// Marks the symbol of a character that no token has; the lower bits say where in the piece it stands.
  static let unknown: UInt32 = 1 << 31
  /// Ranks and symbols stay far below the marks above.
  static let sizeLimit = 1 << 24

  let units: Units
  /// The bytes of text that each token stands for; those without a text of their own are empty.
  let tokens: TokenBytes
  let pairs: PairTable
  /// The token of each byte, or `noSymbol`.
  let byteTokens: [UInt32]
  /// Characters to symbols, for `Units.characters`; the second half of the key is 0.
  let characters: PairTable
  /// The characters that are no token, from symbol `tokens.count` on.
  let looseCharacters: [UInt32]
  /// Finds the ordinary tokens.
  let lookup: ByteStringTable
  /// A piece that is a token as a whole is that token, whatever the merges say.
  let takesWholePieces: Bool
  /// No token goes on with a space behind another character, so that a text may be cut before its words.
  let isCutBeforeSpaces: Bool

  /// Whether text reaches token `id` at all: a token of its own that merges make, or a single unit.
  func isOrdinary(_ id: UInt32) -> Bool {
    tokens.withBytes(of: id) { !$0.isEmpty && lookup.id(of: $0) == id }
  }
}

/// Why a vocabulary cannot be used; the reader of its file says where.
struct VocabularyProblem: Error {
  let text: String

  init(_ text: String) { self.text = text }
}
