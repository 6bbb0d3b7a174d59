/// Which tokenizer a recipe asks for.
public struct TokenizerConfiguration: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// Token ids are byte values; named special tokens follow from 256 on.
    case byte
  }

  public var kind: Kind
  /// A tokenizer file, or a model, whose tokenizer it is; nil: the one that `kind` names.
  public var path: String?
  /// Texts of the special tokens: those of a byte tokenizer, in id order from 256 on, or those that are added to the
  /// tokenizer of `path`.
  public var specialTokens: [String]

  public init(kind: Kind = .byte, path: String? = nil, specialTokens: [String] = []) {
    self.kind = kind
    self.path = path
    self.specialTokens = specialTokens
  }
}
