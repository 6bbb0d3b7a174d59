import TensorBoardEvents
import Testing

/// The bytes around the contents of a record.
@Suite struct EventRecordTests {
  /// The check value of the catalogues of CRCs, and the vectors of RFC 3720, appendix B.4.
  @Test(
    arguments: [
      (Array("123456789".utf8), 0xE306_9283), ([], 0), ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43), (Array(0..<32), 0x46DD_794E),
      ((0..<32).reversed(), 0x113F_DB5C),
    ] as [([UInt8], UInt32)])
  func checksumsAreThoseOfTheStandard(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32C.checksum(bytes) == expected)
  }

  /// The record that TensorBoard's own writer makes of a file version, but for the time.
  @Test func aRecordHasTheBytesOfTensorBoards() {
    let contents: [UInt8] = [0x1A, 0x0D] + Array("brain.Event:2".utf8)
    #expect(
      EventRecord.framed(contents)
        == [0x0F, 0, 0, 0, 0, 0, 0, 0] + EventRecordTests.lengthChecksum + contents + EventRecordTests.contentsChecksum)
  }

  private static let lengthChecksum: [UInt8] = [0x6D, 0x53, 0x2B, 0x09]
  private static let contentsChecksum: [UInt8] = [0xFC, 0x98, 0x51, 0x29]

  @Test func aRecordIsReadBackFromItsPlace() throws {
    let bytes = EventRecord.framed([1, 2, 3]) + EventRecord.framed([]) + EventRecord.framed([4])
    try bytes.withUnsafeBytes { bytes in
      let first = try #require(EventRecord.read(bytes, at: 0))
      let second = try #require(EventRecord.read(bytes, at: first.end))
      let third = try #require(EventRecord.read(bytes, at: second.end))
      #expect(Array(first.contents) == [1, 2, 3] && second.contents.isEmpty && Array(third.contents) == [4])
      #expect(third.end == bytes.count && EventRecord.read(bytes, at: third.end) == nil)
    }
  }

  @Test func aRecordThatIsTornOrHasAnotherBitIsNone() {
    let whole = EventRecord.framed(Array("contents".utf8))
    for count in 0..<whole.count {
      #expect(whole[..<count].withUnsafeBytes { EventRecord.read($0, at: 0) == nil }, "the first \(count) bytes")
    }
    for bit in 0..<whole.count * 8 {
      var spoilt = whole
      spoilt[bit / 8] ^= 1 << (bit % 8)
      #expect(spoilt.withUnsafeBytes { EventRecord.read($0, at: 0) == nil }, "bit \(bit)")
    }
  }

  /// The checksum is right, the length is none that a file has.
  @Test(arguments: [UInt64.max, 1 << 63, 1 << 62, 17])
  func aLengthBeyondTheFileIsNone(length: UInt64) {
    let header = withUnsafeBytes(of: length.littleEndian) { Array($0) }
    let checksum = withUnsafeBytes(of: CRC32C.masked(header).littleEndian) { Array($0) }
    let bytes = header + checksum + [UInt8](repeating: 0, count: 20)
    #expect(bytes.withUnsafeBytes { EventRecord.read($0, at: 0) == nil })
  }
}
