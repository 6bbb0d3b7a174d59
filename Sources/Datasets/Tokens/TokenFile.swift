import FileFormats
import Kernels

/// A file of token ids, mapped into memory.
///
/// The ids come first, 2 bytes each for vocabularies of up to 65536 tokens, else 4, little-endian; behind them, at a
/// multiple of 8, a ``TokenFileTrailer``. It stands at the end because what it says is known when all is written.
package struct TokenFile: Sendable {
  /// Why a file is not the one that is wanted.
  package struct Unusable: Error, Equatable {
    package let reason: String

    package init(reason: String) { self.reason = reason }
  }

  let map: MappedFile
  package let count: Int
  let isWide: Bool

  /// Reads all of the file once: size, trailer, checksum, and that every id is in the vocabulary.
  /// - Parameter key: of the tokenizer, text and range that the ids must come from.
  /// - Throws: `Unusable`.
  package init(_ map: MappedFile, key: [UInt8], vocabularySize: Int) throws(Unusable) {
    let trailer = try TokenFileTrailer(endOf: map.bytes)
    guard trailer.key == key, trailer.vocabularySize == vocabularySize else {
      throw Unusable(reason: "it is of another text or tokenizer")
    }
    let ids = UnsafeRawBufferPointer(rebasing: map.bytes[..<trailer.idByteCount])
    isWide = trailer.isWide
    count = trailer.count
    self.map = map
    let largest: Int = withExtendedLifetime(map) {
      isWide
        ? Int(ids.assumingMemoryBound(to: UInt32.self).max() ?? 0)
        : Int(ids.assumingMemoryBound(to: UInt16.self).max() ?? 0)
    }
    guard largest < vocabularySize else { throw Unusable(reason: "it has ids that are not in the vocabulary") }
  }

  /// - Parameter type: `UInt32` in a wide file, else `UInt16`.
  func withTokens<Identifier: FixedWidthInteger, Result>(
    _ range: Range<Int>, as type: Identifier.Type, _ body: (UnsafeBufferPointer<Identifier>) -> Result
  ) -> Result {
    require(range.lowerBound >= 0 && range.upperBound <= count, "tokens \(range) of \(count)")
    require(MemoryLayout<Identifier>.size == (isWide ? 4 : 2), "\(type) in a file with ids of another width")
    return map.withBytes { bytes in
      body(UnsafeBufferPointer(rebasing: bytes.assumingMemoryBound(to: type)[range]))
    }
  }

  static func isWide(vocabularySize: Int) -> Bool { vocabularySize > 1 << 16 }
}

/// Writes a ``TokenFile`` from front to back.
package struct TokenFileWriter {
  package typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private let key: [UInt8]
  private let vocabularySize: Int
  private let isWide: Bool
  private let sink: Sink
  private var checksum = RunningChecksum()
  private(set) var count = 0

  init(key: [UInt8], vocabularySize: Int, sink: @escaping Sink) {
    self.key = key
    self.vocabularySize = vocabularySize
    self.sink = sink
    isWide = TokenFile.isWide(vocabularySize: vocabularySize)
  }

  /// - Throws: what the sink throws.
  package mutating func append(_ tokens: [Int32]) throws {
    for token in tokens {
      require(token >= 0 && token < vocabularySize, "token \(token) out of a vocabulary of \(vocabularySize)")
    }
    count += tokens.count
    if isWide {
      try tokens.withUnsafeBytes { try write($0) }
    } else {
      try tokens.map(UInt16.init).withUnsafeBytes { try write($0) }
    }
  }

  private mutating func write(_ ids: UnsafeRawBufferPointer) throws {
    checksum.add(ids)
    try sink(ids)
  }

  /// - Throws: what the sink throws.
  mutating func finish() throws {
    let trailer = TokenFileTrailer(isWide: isWide, vocabularySize: vocabularySize, count: count, key: key)
    try trailer.bytes(checksum).withUnsafeBytes { try sink($0) }
  }
}
