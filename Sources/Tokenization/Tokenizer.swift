import FileFormats
import Foundation

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
///
/// `TokenizerFiles` opens the one that a file describes; callers need not know of which kind it is.
public protocol Tokenizer: Sendable {
  /// Ids lie in `0..<vocabularySize`.
  var vocabularySize: Int { get }
  var specialTokens: [SpecialToken] { get }
  /// The id that begins a text, if the vocabulary has one.
  var beginningOfSequenceTokenID: Int32? { get }
  /// The id that ends a text, if the vocabulary has one.
  var endOfSequenceTokenID: Int32? { get }
  /// The id that fills up short sequences, if the vocabulary has one.
  var paddingTokenID: Int32? { get }
  /// Whether the tokenizer's files say that a sequence starts with a token.
  var addsBeginningOfSequence: Bool { get }
  /// Whether the tokenizer's files say that a sequence ends with a token.
  var addsEndOfSequence: Bool { get }
  /// The SHA-256, in hexadecimal, of all that decides which ids a text gets.
  var fingerprint: String { get }

  /// Encodes plain text; the texts of special tokens have no meaning in it.
  func encode(bytes: some Sequence<UInt8>) -> [Int32]

  /// Encodes a text without the tokens around a sequence.
  /// - Parameter parsingSpecialTokens: the texts of special tokens become their ids.
  func encode(_ text: String, parsingSpecialTokens: Bool) -> [Int32]

  /// Encodes a text with the tokens that the tokenizer's files put at the beginning and end of a sequence.
  func encodeSequence(_ text: String, parsingSpecialTokens: Bool) -> [Int32]

  /// Where a text may be cut so that the tokens of its parts are the tokens of the whole.
  /// - Returns: the last such place at or before `position` but not 0, or the first one after it; the end if there is
  ///   none.
  func safeCut(in text: UnsafeRawBufferPointer, near position: Int) -> Int

  /// The bytes of a whole text, which need not be valid UTF-8.
  /// - Parameter skippingSpecialTokens: leaves special tokens out instead of spelling their text.
  /// - Throws: `TokenizerError.tokenOutOfRange`.
  func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8]

  /// The bytes of tokens behind others: unlike `decode`, it keeps a space that only the beginning of a text lacks.
  /// - Throws: `TokenizerError.tokenOutOfRange`.
  func decodeContinuation(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8]

  /// How many bytes of text a token stands for; 0 for special tokens and ids out of range.
  func byteCount(of token: Int32) -> Int

  /// This tokenizer with those of `texts` that it lacks as further special tokens; ids stay what they are.
  /// - Parameter endOfSequence: the text of the token that ends a sequence from now on; nil: the same as before.
  /// - Throws: `TokenizerError.invalidSpecialToken`.
  func adding(specialTokens texts: [String], endOfSequence: String?) throws -> Self

  /// The files from which the `tokenizers` and `transformers` libraries build the same tokenizer, by name.
  /// - Parameters:
  ///   - maximumLength: the longest sequence that the model takes.
  ///   - chatTemplate: Jinja text.
  func files(maximumLength: Int, chatTemplate: String?) throws -> [String: Data]

  /// The tokenizer keys of a GGUF file with which llama.cpp gives a text the same ids.
  /// - Parameters:
  ///   - vocabularySize: rows of the model's embedding; those that the tokenizer does not name become unused tokens.
  ///   - ids: the ids that the file names; nil: the tokenizer's own.
  /// - Throws: `TokenizerError` for what GGUF cannot express.
  func ggufMetadata(vocabularySize: Int, ids: GGUFTokenIDs?) throws -> [GGUFMetadata.Entry]
}

extension Tokenizer {
  public var beginningOfSequenceTokenID: Int32? { nil }
  public var paddingTokenID: Int32? { nil }
  public var addsBeginningOfSequence: Bool { false }
  public var addsEndOfSequence: Bool { false }

  public func encodeSequence(_ text: String, parsingSpecialTokens: Bool) -> [Int32] {
    encode(text, parsingSpecialTokens: parsingSpecialTokens)
  }

  public func decodeContinuation(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    try decode(tokens, skippingSpecialTokens: skippingSpecialTokens)
  }

  /// The tokenizer keys of a GGUF file, with the tokenizer's own ids.
  /// - Throws: `TokenizerError` for what GGUF cannot express.
  public func ggufMetadata(vocabularySize: Int) throws -> [GGUFMetadata.Entry] {
    try ggufMetadata(vocabularySize: vocabularySize, ids: nil)
  }

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
