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
  /// Different for tokenizers that encode any text differently; the same in every process.
  var fingerprint: String { get }
  /// The id that begins a text, if the vocabulary has one.
  var beginningOfSequenceTokenID: Int32? { get }
  /// The id that ends a text, if the vocabulary has one.
  var endOfSequenceTokenID: Int32? { get }

  /// Encodes plain text; the texts of special tokens have no meaning in it.
  func encode(bytes: some Sequence<UInt8>) -> [Int32]

  /// The bytes of `tokens`, which need not be valid UTF-8.
  /// - Parameter skippingSpecialTokens: leaves special tokens out instead of spelling their text.
  /// - Throws: `TokenizerError.tokenOutOfRange`.
  func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8]

  /// Bytes of text that a token stands for; 0 for special tokens.
  func byteCount(of token: Int32) -> Int

  /// A position at which `text` can be cut so that encoding both halves gives what encoding the whole gives.
  /// - Parameter position: about where, within `text`.
  func safeCut(in text: UnsafeRawBufferPointer, near position: Int) -> Int

  /// This tokenizer with those of `texts` that it lacks as further special tokens; ids stay what they are.
  /// - Parameter endOfSequence: the text of the token that ends a sequence from now on; nil: the same as before.
  /// - Throws: `TokenizerError.invalidSpecialToken`.
  func adding(specialTokens texts: [String], endOfSequence: String?) throws -> Self
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
