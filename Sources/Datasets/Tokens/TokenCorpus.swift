import FileFormats
import Foundation
import Kernels
import Tokenization

/// A byte range of a text as tokens: ids, and the bytes of text that each stands for.
///
/// For a byte tokenizer the text itself is the list of ids. Every other tokenizer encodes the range once, from its own
/// first byte, so that no text outside – that of the validation range, say – has any influence on its tokens; the ids
/// are kept in a ``TokenCache`` and mapped, so that neither text nor ids need to fit into memory.
public struct TokenCorpus: Sendable {
  private enum Identifiers {
    /// The bytes of the text from `offset` on.
    case bytes(TextCorpus, offset: Int)
    case file(TokenFile)
  }

  /// The path of the text.
  public let path: String
  /// The bytes of the text that the tokens stand for.
  public let textRange: Range<Int>
  /// Number of tokens.
  public let count: Int
  public let tokenByteCounts: TokenByteCounts
  private let identifiers: Identifiers

  /// - Parameters:
  ///   - range: bytes of the text.
  ///   - cache: where the ids are kept.
  ///   - report: is told about the progress, when there is something to encode.
  /// - Throws: `CorpusError`.
  public init(
    _ text: TextCorpus, range: ByteRange, tokenizer: some Tokenizer, cache: TokenCache = .standard,
    report: (TokenizationEvent) -> Void = { _ in }
  ) throws {
    try self.init(
      text, range: range, encoder: CorpusEncoder(tokenizer: tokenizer), cache: cache, report: report)
  }

  package init(
    _ text: TextCorpus, range: ByteRange, encoder: CorpusEncoder, cache: TokenCache,
    report: (TokenizationEvent) -> Void
  ) throws {
    path = text.path
    let textRange = try text.resolve(range)
    self.textRange = textRange
    tokenByteCounts = TokenByteCounts(encoder.tokenizer)
    guard !encoder.tokenizer.encodesBytesAsThemselves else {
      identifiers = .bytes(text, offset: textRange.lowerBound)
      count = textRange.count
      return
    }
    let file = try cache.file(
      key: Self.key(text, textRange, encoder.tokenizer), vocabularySize: encoder.tokenizer.vocabularySize,
      textPath: text.path, notice: report
    ) { writer in
      try encoder.encode(text, textRange) { tokens, position in
        try writer.append(tokens)
        report(
          .encoded(
            path: text.path, range: textRange, bytes: position, total: textRange.count, tokens: writer.count))
      }
    }
    identifiers = .file(file)
    count = file.count
  }

  /// SHA-256 of everything that decides about the ids.
  private static func key(_ text: TextCorpus, _ range: Range<Int>, _ tokenizer: any Tokenizer) throws -> [UInt8] {
    let facts = try """
    token ids, version 1
    text \(text.sha256), bytes \(range.lowerBound):\(range.upperBound)
    vocabulary \(tokenizer.vocabularySize)
    tokenizer \(tokenizer.fingerprint)
    """
    var hash = SHA256()
    hash.update(facts)
    return hash.finalize()
  }

  /// - Throws: ``CorpusError/tooFewTokens``.
  func require(tokens needed: Int) throws {
    guard count >= needed else {
      throw CorpusError.tooFewTokens(path: path, range: textRange, needed: needed, count: count)
    }
  }

  /// Sets a row of a batch to the tokens from `start` on: inputs, and as targets the tokens that follow them.
  /// - Throws: `CorpusError` when the text can no longer be read.
  func setRow(_ row: Int, of batch: inout TrainingBatch, startingAt start: Int) throws {
    let range = start..<start + batch.sequenceLength + 1
    Kernels.require(range.lowerBound >= 0 && range.upperBound <= count, "tokens \(range) of \(count)")
    switch identifiers {
    case .bytes(let text, let offset):
      let ids = try text.bytes(in: offset + range.lowerBound..<offset + range.upperBound)
      ids.withUnsafeBufferPointer { batch.setRow(row, to: $0) }
    case .file(let file):
      if file.isWide {
        file.withTokens(range, as: UInt32.self) { batch.setRow(row, to: $0) }
      } else {
        file.withTokens(range, as: UInt16.self) { batch.setRow(row, to: $0) }
      }
    }
    batch.tokenByteCounts = tokenByteCounts
  }

  /// The bytes of text that the first `tokens` tokens stand for; reads them.
  func byteCount(ofFirst tokens: Int) -> Int {
    switch identifiers {
    case .bytes: tokens
    case .file(let file):
      file.isWide
        ? file.withTokens(0..<tokens, as: UInt32.self) { tokenByteCounts.sum($0.lazy.map(Int32.init)) }
        : file.withTokens(0..<tokens, as: UInt16.self) { tokenByteCounts.sum($0.lazy.map(Int32.init)) }
    }
  }
}

extension Tokenizer {
  /// Whether a text is its own list of token ids.
  var encodesBytesAsThemselves: Bool { self is ByteTokenizer }
}
