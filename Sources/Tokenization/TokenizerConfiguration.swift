/// Which tokenizer a recipe asks for.
public struct TokenizerConfiguration: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// Token ids are byte values; named special tokens follow from 256 on.
    case byte
  }

  public var kind: Kind
  /// Texts of the special tokens, in id order from 256 on.
  public var specialTokens: [String]

  public init(kind: Kind = .byte, specialTokens: [String] = []) {
    self.kind = kind
    self.specialTokens = specialTokens
  }
}
