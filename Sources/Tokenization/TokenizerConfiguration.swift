/// Which tokenizer a recipe asks for.
public struct TokenizerConfiguration: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    /// Token ids are byte values; named special tokens follow from 256 on.
    case byte
    /// What a file says: ``TokenizerConfiguration/path``.
    case file
  }

  public var kind: Kind
  /// A tokenizer file, or a model, whose tokenizer it is. It makes the kind `file`.
  public var path: String? {
    didSet { kind = path == nil ? .byte : .file }
  }
  /// Texts of the special tokens: those of a byte tokenizer, in id order from 256 on.
  public var specialTokens: [String]

  public init(kind: Kind = .byte, specialTokens: [String] = []) {
    self.kind = kind
    self.specialTokens = specialTokens
  }

  /// The tokens of a file.
  public init(path: String) {
    kind = .file
    self.path = path
    specialTokens = []
  }
}
