import Datasets
import Testing

@Suite struct CorpusStatisticsTests {
  private func statistics(_ bytes: [UInt8]) -> CorpusStatistics { bytes.withUnsafeBytes { CorpusStatistics($0) } }

  @Test func countsLinesAndBytes() {
    let statistics = statistics(Array("ab\n\nabcd\nx".utf8))
    #expect(statistics.byteCount == 10)
    #expect(statistics.lineCount == 4)
    #expect(statistics.longestLine == (length: 4, number: 3))
    #expect(statistics.distinctByteCount == 6)
    let frequent = statistics.mostFrequentBytes(3)
    #expect(frequent.map(\.byte) == [UInt8(ascii: "\n"), UInt8(ascii: "a"), UInt8(ascii: "b")])
    #expect(frequent.map(\.count) == [3, 2, 2])
  }

  @Test func aLastLineWithoutLineFeedCounts() {
    #expect(statistics(Array("a\nbcd".utf8)).longestLine == (length: 3, number: 2))
    #expect(statistics(Array("a\n".utf8)).lineCount == 1)
    #expect(statistics(Array("\n\n".utf8)).longestLine == (length: 0, number: 1))
  }

  @Test func entropyOfKnownDistributions() {
    #expect(statistics(Array(0...255)).entropy == 8)
    #expect(statistics([7, 7, 7]).entropy == 0)
    #expect(abs(statistics([1, 1, 1, 2]).entropy - 0.811278124459) < 1e-10)
  }

  @Test func wellFormedTextIsValidUTF8() {
    #expect(statistics(Array("aé€😀\u{10FFFF}\u{800}\u{D7FF}".utf8)).validUTF8Share == 1)
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func malformedSequencesAreNot(sequence: [UInt8]) {
    #expect(statistics([0x41] + sequence).validUTF8ByteCount == 1)
    #expect(statistics([0x41] + sequence + [0x42]).validUTF8ByteCount == 2)
  }
}
