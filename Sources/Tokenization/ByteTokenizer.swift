/// The tokenizer without a learned vocabulary: token ids are byte values, special tokens follow from 256 on.
///
/// It takes any bytes, valid UTF-8 or not, and gives them back unchanged.
public struct ByteTokenizer: Tokenizer, Equatable {
  /// The conventional text of an end-of-sequence token; used as such when it is among the special tokens.
  public static let defaultEndOfSequenceText = "<|endoftext|>"
  static let byteCount = 256

  public let specialTokens: [SpecialToken]
  public let endOfSequenceTokenID: Int32?
  private let specialBytes: [[UInt8]]

  public var vocabularySize: Int { Self.byteCount + specialTokens.count }
  public var beginningOfSequenceTokenID: Int32? { nil }

  /// A tokenizer of the 256 bytes alone.
  public init() {
    specialTokens = []
    endOfSequenceTokenID = nil
    specialBytes = []
  }

  /// - Parameters:
  ///   - specialTokens: their texts in the order of their ids.
  ///   - endOfSequence: the text of the one that ends a sequence; nil: `<|endoftext|>` if it is there.
  /// - Throws: `TokenizerError.invalidSpecialToken`.
  public init(specialTokens texts: [String], endOfSequence: String? = nil) throws {
    var seen: Set<[UInt8]> = []
    for text in texts {
      func fail(_ reason: String) -> TokenizerError { .invalidSpecialToken(text: text, reason: reason) }
      if text.isEmpty { throw fail("is empty; give it a text") }
      if text.unicodeScalars.count == 1, ByteCharacters.byte(of: text.unicodeScalars.first) != nil {
        throw fail("is the spelling of a byte in tokenizer.json; use more than one character")
      }
      if !seen.insert(Array(text.utf8)).inserted { throw fail("occurs twice; name it once") }
    }
    let tokens = texts.enumerated().map { SpecialToken(text: $1, id: Int32(Self.byteCount + $0)) }
    if let endOfSequence, !texts.contains(endOfSequence) {
      throw TokenizerError.invalidSpecialToken(
        text: endOfSequence, reason: "is to end sequences, but is not among the special tokens; add it to them")
    }
    specialTokens = tokens
    endOfSequenceTokenID = tokens.first { $0.text == endOfSequence ?? Self.defaultEndOfSequenceText }?.id
    specialBytes = texts.map { Array($0.utf8) }
  }

  public init(_ configuration: TokenizerConfiguration) throws {
    switch configuration.kind {
    case .byte: try self.init(specialTokens: configuration.specialTokens)
    case .file:
      throw TokenizerError.unsupported(path: configuration.path ?? "", found: "a tokenizer file where bytes are read")
    }
  }

  /// This tokenizer with those of `texts` that it lacks as further special tokens; ids stay what they are.
  /// - Parameter endOfSequence: the text of the token that ends a sequence from now on; nil: the same as before.
  /// - Throws: `TokenizerError.invalidSpecialToken`.
  public func adding(specialTokens texts: [String], endOfSequence: String? = nil) throws -> ByteTokenizer {
    let known = specialTokens.map(\.text)
    let end = endOfSequenceTokenID.map { known[Int($0) - Self.byteCount] }
    return try ByteTokenizer(
      specialTokens: known + texts.filter { !known.contains($0) }, endOfSequence: endOfSequence ?? end)
  }

  public func encode(bytes: some Sequence<UInt8>) -> [Int32] {
    bytes.map(Int32.init)
  }

  public func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tokens.underestimatedCount)
    for token in tokens {
      if let byte = UInt8(exactly: token) {
        bytes.append(byte)
      } else if token >= 0, Int(token) < vocabularySize {
        if !skippingSpecialTokens { bytes += specialBytes[Int(token) - Self.byteCount] }
      } else {
        throw TokenizerError.tokenOutOfRange(id: token, vocabularySize: vocabularySize)
      }
    }
    return bytes
  }
}
