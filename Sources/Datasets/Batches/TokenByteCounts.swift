import Kernels
import Tokenization

/// How many bytes of text each token of a vocabulary stands for; special tokens stand for none.
///
/// Made once per tokenizer, so that counting the bytes of a batch is a walk over a table.
public struct TokenByteCounts: Equatable, Sendable {
  private let counts: [UInt32]

  public init(_ tokenizer: any Tokenizer) {
    counts = (0..<tokenizer.vocabularySize).map { UInt32(tokenizer.byteCount(of: Int32($0))) }
  }

  private init(counts: [UInt32]) { self.counts = counts }

  /// Of a vocabulary of no tokens: for batches that nobody has filled yet.
  package static let none = TokenByteCounts(counts: [])

  /// Of ids that stand for no text, such as random ones.
  package static func ofNoText(vocabularySize: Int) -> TokenByteCounts {
    TokenByteCounts(counts: Array(repeating: 0, count: vocabularySize))
  }

  public var vocabularySize: Int { counts.count }

  public subscript(token: Int32) -> Int {
    require(
      token >= 0 && token < counts.count, "token \(token) of a vocabulary of \(counts.count) whose bytes are known")
    return Int(counts[Int(token)])
  }

  /// The bytes of all of them together; negative ones, which are no tokens, count nothing.
  public func sum(_ tokens: some Sequence<Int32>) -> Int {
    counts.withUnsafeBufferPointer { counts in
      tokens.reduce(into: 0) { sum, token in
        guard token >= 0 else { return }
        require(token < counts.count, "token \(token) of a vocabulary of \(counts.count) whose bytes are known")
        sum += Int(counts[Int(token)])
      }
    }
  }
}
