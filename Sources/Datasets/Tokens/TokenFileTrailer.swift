import CZlib
import Kernels

/// What stands at the end of a ``TokenFile``, integers little-endian:
///
///     0   8 bytes    "BITNETID"
///     8   4 bytes    version, 1
///     12  4 bytes    bytes of an id, 2 or 4
///     16  8 bytes    size of the vocabulary
///     24  8 bytes    number of ids
///     32  32 bytes   SHA-256 of tokenizer, text and range
///     64  8 bytes    CRC-32 of everything before it
package struct TokenFileTrailer {
  static let byteCount = 72
  private static let magic = Array("BITNETID".utf8)
  private static let version: UInt32 = 1
  private static let alignment = 8

  let isWide: Bool
  let vocabularySize: Int
  package let count: Int
  package let key: [UInt8]

  package init(isWide: Bool, vocabularySize: Int, count: Int, key: [UInt8]) {
    require(key.count == 32, "a key of \(key.count) bytes")
    (self.isWide, self.vocabularySize, self.count) = (isWide, vocabularySize, count)
    self.key = key
  }

  /// - Parameter file: a whole file.
  /// - Throws: `TokenFile.Unusable` when its end is no trailer, or one that does not fit its size.
  package init(endOf file: UnsafeRawBufferPointer) throws(TokenFile.Unusable) {
    let start = file.count - Self.byteCount
    guard start >= 0, file[start..<start + 8].elementsEqual(Self.magic) else {
      throw TokenFile.Unusable(reason: "its end is missing")
    }
    func integer<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
      Value(littleEndian: file.loadUnaligned(fromByteOffset: start + offset, as: type))
    }
    guard integer(UInt32.self, at: 8) == Self.version else {
      throw TokenFile.Unusable(reason: "it is of another version")
    }
    let width = integer(UInt32.self, at: 12)
    guard width == 2 || width == 4, let vocabularySize = Int(exactly: integer(UInt64.self, at: 16)),
      let count = Int(exactly: integer(UInt64.self, at: 24)),
      width == (TokenFile.isWide(vocabularySize: vocabularySize) ? 4 : 2),
      count <= start / Int(width)
    else { throw TokenFile.Unusable(reason: "its numbers contradict each other") }
    self.init(
      isWide: width == 4, vocabularySize: vocabularySize, count: count, key: Array(file[start + 32..<start + 64]))
    guard idByteCount + padding == start else { throw TokenFile.Unusable(reason: "its size is wrong") }
    let checked = UnsafeRawBufferPointer(rebasing: file[..<(file.count - 8)])
    guard integer(UInt64.self, at: 64) == UInt64(RunningChecksum(of: checked).value) else {
      throw TokenFile.Unusable(reason: "its checksum is wrong")
    }
  }

  package var idByteCount: Int { count * (isWide ? 4 : 2) }

  private var padding: Int { (Self.alignment - idByteCount % Self.alignment) % Self.alignment }

  /// With what fills the space between it and the ids.
  /// - Parameter checksum: of the ids.
  package func bytes(_ checksum: RunningChecksum) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: padding) + Self.magic
    func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    append(Self.version)
    append(UInt32(isWide ? 4 : 2))
    append(UInt64(vocabularySize))
    append(UInt64(count))
    bytes += key
    var checksum = checksum
    bytes.withUnsafeBytes { checksum.add($0) }
    append(UInt64(checksum.value))
    return bytes
  }
}

/// The CRC-32 of what has been added.
package struct RunningChecksum {
  private(set) var value: UInt32 = 0

  init() {}

  package init(of bytes: UnsafeRawBufferPointer) { add(bytes) }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    value = UInt32(
      truncatingIfNeeded: crc32_z(UInt(value), bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count))
  }
}
