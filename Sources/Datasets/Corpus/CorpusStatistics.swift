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
    var histogram = Array(repeating: 0, count: 256)
    var lines = 0
    var lineStart = 0
    var longest = (length: 0, number: 0)
    for (offset, byte) in bytes.enumerated() {
      histogram[Int(byte)] += 1
      guard byte == UInt8(ascii: "\n") else { continue }
      lines += 1
      if longest.number == 0 || offset - lineStart > longest.length { longest = (offset - lineStart, lines) }
      lineStart = offset + 1
    }
    if lineStart < bytes.count {
      lines += 1
      if bytes.count - lineStart > longest.length { longest = (bytes.count - lineStart, lines) }
    }
    self.byteCount = bytes.count
    self.histogram = histogram
    self.lineCount = lines
    self.longestLine = longest
    self.validUTF8ByteCount = Self.countValidUTF8(bytes)
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

  private static func countValidUTF8(_ bytes: UnsafeRawBufferPointer) -> Int {
    var valid = 0
    var offset = 0
    while offset < bytes.count {
      let length = sequenceLength(bytes, at: offset)
      valid += length
      offset += max(length, 1)
    }
    return valid
  }

  /// Length of the well-formed sequence that starts at `offset`, 0 if none does.
  private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
    let lead = bytes[offset]
    if lead < 0x80 { return 1 }
    let length: Int
    // The second byte excludes overlong forms, surrogates, and what lies above U+10FFFF.
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else { return 0 }
    for index in offset + 2..<offset + length where !(0x80...0xBF).contains(bytes[index]) { return 0 }
    return length
  }
}
