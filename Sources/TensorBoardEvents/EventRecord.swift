/// A record of an event file, integers little-endian:
///
///     8 bytes   length of the contents
///     4 bytes   masked CRC-32C of the length
///               contents
///     4 bytes   masked CRC-32C of the contents
package enum EventRecord {
  private static let headerByteCount = 12
  private static let trailerByteCount = 4

  package static func framed(_ contents: [UInt8]) -> [UInt8] {
    let length = littleEndianBytes(of: UInt64(contents.count))
    return length + littleEndianBytes(of: CRC32C.masked(length)) + contents
      + littleEndianBytes(of: CRC32C.masked(contents))
  }

  /// The record that begins at `start`.
  /// - Returns: its contents and where the next one begins; nil where the file ends, in the middle of a record too, and
  ///   for a record that is damaged: behind that nobody can tell where another one begins.
  package static func read(
    _ file: UnsafeRawBufferPointer, at start: Int
  ) -> (contents: UnsafeRawBufferPointer, end: Int)? {
    let rest = UnsafeRawBufferPointer(rebasing: file[start...])
    guard rest.count >= headerByteCount + trailerByteCount,
      CRC32C.masked(rest[..<8]) == rest.littleEndian(UInt32.self, at: 8),
      let count = Int(exactly: rest.littleEndian(UInt64.self, at: 0)),
      count <= rest.count - headerByteCount - trailerByteCount
    else { return nil }
    let contents = UnsafeRawBufferPointer(rebasing: rest[headerByteCount..<headerByteCount + count])
    guard CRC32C.masked(contents) == rest.littleEndian(UInt32.self, at: headerByteCount + count) else { return nil }
    return (contents, start + headerByteCount + count + trailerByteCount)
  }

  private static func littleEndianBytes(of value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func littleEndian<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
    Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }
}
