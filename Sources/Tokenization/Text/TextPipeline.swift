/// What happens to a text around the merging of pairs.
struct TextPipeline: Equatable, Sendable {
  /// The space in front of a text that makes its first word like the others.
  enum SpacePrefix: Equatable, Sendable {
    case none
    /// In front of the text and of everything that follows an added token, whatever stands there.
    case everySection
    /// Where there is no space already.
    case sectionsWithoutSpace
    /// As `sectionsWithoutSpace`, but only where a text begins.
    case textWithoutSpace
  }

  /// Canonical composition (NFC) before everything but added tokens.
  var composes = false
  /// For vocabularies of bytes. None: the text is one piece.
  var splitters: [Splitter] = []
  /// For vocabularies of characters, as all that follows.
  var spacePrefix = SpacePrefix.none
  /// Every space begins a piece.
  var isCutAtSpaces = false
  /// The decoder takes away a space at the beginning of a text.
  var stripsLeadingSpace = false
  /// Tokens around each sequence, as the post-processor of a tokenizer.json gives them.
  var beginning: [Int32] = []
  var end: [Int32] = []
}
