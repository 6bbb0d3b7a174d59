import Tokenization

/// ASCII, and tokens of two letters: the smallest tokenizer whose tokens are not bytes.
///
/// Ids 0 … 127 are bytes, 128 on the digrams, 255 ends a text. A digram is taken wherever it stands, from left to right.
struct DigramTokenizer: Tokenizer {
  static let end: Int32 = 255
  private let digrams: [[UInt8]]

  /// - Parameter digrams: two different letters each, no letter in two of them.
  init(_ digrams: [String]) {
    self.digrams = digrams.map { Array($0.utf8) }
  }

  var vocabularySize: Int { 256 }
  var specialTokens: [SpecialToken] { [SpecialToken(text: "<|endoftext|>", id: Self.end)] }
  var beginningOfSequenceTokenID: Int32? { nil }
  var endOfSequenceTokenID: Int32? { Self.end }
  var fingerprint: String { "digrams \(digrams)" }

  func encode(bytes: some Sequence<UInt8>) -> [Int32] {
    let text = Array(bytes)
    var tokens: [Int32] = []
    var position = 0
    while position < text.count {
      let digram = digrams.firstIndex { text[position...].starts(with: $0) }
      tokens.append(digram.map { Int32(128 + $0) } ?? Int32(text[position]))
      position += digram == nil ? 1 : 2
    }
    return tokens
  }

  func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    tokens.flatMap { $0 < 128 ? [UInt8($0)] : digrams.indices.contains(Int($0) - 128) ? digrams[Int($0) - 128] : [] }
  }

  func byteCount(of token: Int32) -> Int {
    token < 128 ? 1 : digrams.indices.contains(Int(token) - 128) ? 2 : 0
  }

  /// Behind a line.
  func safeCut(in text: UnsafeRawBufferPointer, near position: Int) -> Int {
    (text[..<min(position, text.count)].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
  }

  func adding(specialTokens texts: [String], endOfSequence: String?) throws -> DigramTokenizer { self }
}
