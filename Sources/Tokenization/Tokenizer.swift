/// A text with an id of its own that never arises from ordinary text.
public struct SpecialToken: Equatable, Sendable {
  public let text: String
  public let id: Int32

  public init(text: String, id: Int32) {
    self.text = text
    self.id = id
  }
}

/// Turns bytes into token ids and back.
public protocol Tokenizer: Sendable {
  /// Ids lie in `0..<vocabularySize`.
  var vocabularySize: Int { get }
  var specialTokens: [SpecialToken] { get }
  /// The id that ends a text, if the vocabulary has one.
  var endOfSequenceTokenID: Int32? { get }

  /// Encodes plain text; the texts of special tokens have no meaning in it.
  func encode(bytes: some Sequence<UInt8>) -> [Int32]

  /// The bytes of `tokens`, which need not be valid UTF-8.
  /// - Parameter skippingSpecialTokens: leaves special tokens out instead of spelling their text.
  /// - Throws: `TokenizerError.tokenOutOfRange`.
  func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8]
}

extension Tokenizer {
  /// Encodes the UTF-8 bytes of `text`.
  public func encode(_ text: String) -> [Int32] {
    encode(bytes: text.utf8)
  }

  /// The bytes of `tokens`, special tokens spelled out.
  public func decode(_ tokens: some Sequence<Int32>) throws -> [UInt8] {
    try decode(tokens, skippingSpecialTokens: false)
  }

  /// The id of the special token with this text.
  public func specialTokenID(_ text: String) -> Int32? {
    specialTokens.first { $0.text == text }?.id
  }
}
