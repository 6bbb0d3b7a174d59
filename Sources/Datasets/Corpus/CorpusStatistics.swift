import Foundation

/// What a text is made of, byte by byte.
public struct CorpusStatistics: Sendable {
  public let byteCount: Int
  /// How often each byte value occurs; 256 counts.
  public let histogram: [Int]
  /// Number of lines; a last line without a line feed counts.
  public let lineCount: Int
  /// Length of the longest line in bytes, without its line feed, and its number from 1.
  public let longestLine: (length: Int, number: Int)
  /// Number of bytes that are part of well-formed UTF-8 (RFC 3629).
  public let validUTF8ByteCount: Int

  public init(_ bytes: UnsafeRawBufferPointer) {
    var count = Count()
    count.add(bytes)
    self.init(count)
  }

  /// Of a range of a text, which is read once.
  /// - Throws: as `TextCorpus.bytes(in:)`.
  public init(_ text: TextCorpus, range: Range<Int>) throws {
    var count = Count()
    try text.forEachBlock(in: range) { count.add($0) }
    self.init(count)
  }

  private init(_ count: Count) {
    var count = count
    count.finish()
    (byteCount, histogram, lineCount) = (count.bytes, count.histogram, count.lines)
    longestLine = count.longest
    validUTF8ByteCount = count.validUTF8
  }

  public var distinctByteCount: Int { histogram.count { $0 > 0 } }

  /// Zero-order entropy in bits per byte: what a model that knows only the frequencies of single bytes needs.
  public var entropy: Double {
    histogram.reduce(0) { sum, count in
      guard count > 0 else { return sum }
      let probability = Double(count) / Double(byteCount)
      return sum - probability * log2(probability)
    }
  }

  /// Share of the bytes that are part of well-formed UTF-8, in [0, 1].
  public var validUTF8Share: Double { byteCount == 0 ? 1 : Double(validUTF8ByteCount) / Double(byteCount) }

  /// The most frequent byte values, most frequent first; of equally frequent ones the smaller first.
  public func mostFrequentBytes(_ count: Int) -> [(byte: UInt8, count: Int)] {
    let present = histogram.enumerated().filter { $0.element > 0 }
    let sorted = present.sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
    return sorted.prefix(count).map { (byte: UInt8($0.offset), count: $0.element) }
  }
}

/// What is known of the bytes so far; they come in parts.
private struct Count {
  var bytes = 0
  var histogram = Array(repeating: 0, count: 256)
  var lines = 0
  var longest = (length: 0, number: 0)
  var validUTF8 = 0
  private var lineStart = 0
  /// The beginning of a sequence at the end of the last part.
  private var cutOff: [UInt8] = []

  mutating func add(_ part: UnsafeRawBufferPointer) {
    for (offset, byte) in part.enumerated() {
      histogram[Int(byte)] += 1
      if byte == UInt8(ascii: "\n") { endLine(at: bytes + offset) }
    }
    bytes += part.count
    addSequences(part)
  }

  private mutating func endLine(at end: Int) {
    lines += 1
    if longest.number == 0 || end - lineStart > longest.length { longest = (end - lineStart, lines) }
    lineStart = end + 1
  }

  /// - Parameter part: of at least three bytes, unless it is the last one.
  private mutating func addSequences(_ part: UnsafeRawBufferPointer) {
    var offset = countCutOff(before: part)
    while offset < part.count {
      if part.count - offset < 4, part[offset] >= 0x80 { break }
      let length = UTF8Sequence.length(part, at: offset)
      validUTF8 += length
      offset += max(length, 1)
    }
    cutOff = Array(part[offset...])
  }

  /// - Returns: how many bytes of `part` belong to what began before it.
  @discardableResult
  private mutating func countCutOff(before part: UnsafeRawBufferPointer) -> Int {
    var offset = 0
    (cutOff + part.prefix(3)).withUnsafeBytes { bytes in
      while offset < cutOff.count {
        let length = UTF8Sequence.length(bytes, at: offset)
        validUTF8 += length
        offset += max(length, 1)
      }
    }
    return offset - cutOff.count
  }

  /// The last line may lack its line feed, the last sequence its end.
  mutating func finish() {
    if lineStart < bytes { endLine(at: bytes) }
    countCutOff(before: UnsafeRawBufferPointer(start: nil, count: 0))
  }
}
