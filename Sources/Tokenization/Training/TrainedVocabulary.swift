/// A vocabulary learned from text: tokens of byte-level BPE, and the merges that make them.
///
/// Ids 0 to 255 are the bytes in the order of their characters (see `ByteCharacters`), which is GPT-2's: 33–126 ("!" is 0),
/// 161–172, 174–255, then 0–32 (space is 220), 127–160 and 173. Merged tokens follow in the order of their merges, special
/// tokens come last.
public struct TrainedVocabulary: Equatable, Sendable {
  public struct Merge: Equatable, Sendable {
    public let left: Int32
    public let right: Int32
  }

  /// The bytes of each token but the special ones, indexed by id.
  public internal(set) var tokens: [[UInt8]] = Self.byteOrder.map { [$0] }
  /// Merge `i` makes token `256 + i`; earlier merges are applied first.
  public internal(set) var merges: [Merge] = []
  public internal(set) var specialTokens: [SpecialToken] = []
  /// The id of the special token that ends a text.
  public internal(set) var endOfSequenceTokenID: Int32?

  /// Tokens of all kinds.
  public var size: Int { tokens.count + specialTokens.count }

  /// Indexed by id: bytes in the order of the characters that stand for them.
  static let byteOrder: [UInt8] = (UInt8.min...UInt8.max).sorted {
    ByteCharacters.scalars[Int($0)].value < ByteCharacters.scalars[Int($1)].value
  }

  mutating func append(_ pair: TokenPair) {
    tokens.append(bytes(of: pair))
    merges.append(Merge(left: Int32(pair.left), right: Int32(pair.right)))
  }

  func bytes(of pair: TokenPair) -> [UInt8] {
    tokens[Int(pair.left)] + tokens[Int(pair.right)]
  }
}
