/// The central directory of a zip archive (PKWARE APPNOTE 6.3), zip64 included.
struct ZipArchive {
  struct Entry: Equatable {
    var name: String
    var flags: UInt16
    var method: UInt16
    var crc32: UInt32
    var compressedSize: Int
    var size: Int
    /// Where the entry's local header starts.
    var headerOffset: Int

    var isEncrypted: Bool { flags & 1 != 0 }
  }

  enum Failure: Error {
    /// The end of the archive is not there.
    case truncated
    case corrupt(String)
    case split
  }

  /// The files in the archive: no folders, and none of the metadata macOS adds under `__MACOSX/`.
  let entries: [Entry]
  private let reader: ZipReader

  init(_ file: SourceFile) throws {
    reader = ZipReader(file)
    let directory = try Self.locateDirectory(reader)
    var entries: [Entry] = []
    var offset = directory.offset
    for _ in 0..<directory.entryCount {
      let (entry, next) = try Self.readEntry(reader, at: offset)
      offset = next
      if !entry.name.hasSuffix("/") && !entry.name.hasPrefix("__MACOSX/") { entries.append(entry) }
    }
    self.entries = entries
  }

  /// Where the compressed bytes of `entry` lie in the archive.
  func compressedBytes(of entry: Entry) throws -> Range<Int> {
    guard try reader.integer(UInt32.self, at: entry.headerOffset) == 0x0403_4B50 else {
      throw Failure.corrupt("no file header where the directory says, at byte \(entry.headerOffset)")
    }
    let nameLength = Int(try reader.integer(UInt16.self, at: entry.headerOffset + 26))
    let extraLength = Int(try reader.integer(UInt16.self, at: entry.headerOffset + 28))
    let start = entry.headerOffset + 30 + nameLength + extraLength
    try reader.requireBytes(at: start, count: entry.compressedSize)
    return start..<start + entry.compressedSize
  }

  private struct Directory {
    var offset: Int
    var entryCount: Int
  }

  private static func locateDirectory(_ reader: ZipReader) throws -> Directory {
    let end = try locateEnd(reader)
    let disk = try reader.integer(UInt16.self, at: end + 4)
    let entryCount = try reader.integer(UInt16.self, at: end + 10)
    let offset = try reader.integer(UInt32.self, at: end + 16)
    if disk == .max || entryCount == .max || offset == .max, let directory = try locateZip64Directory(reader, end) {
      return directory
    }
    guard disk == 0 else { throw Failure.split }
    return Directory(offset: Int(offset), entryCount: Int(entryCount))
  }

  /// The end record is last but for a comment of up to 65,535 bytes, whose length must fit.
  private static func locateEnd(_ reader: ZipReader) throws -> Int {
    let recordSize = 22
    var offset = reader.count - recordSize
    let lowest = max(0, offset - Int(UInt16.max))
    while offset >= lowest {
      if try reader.integer(UInt32.self, at: offset) == 0x0605_4B50,
        offset + recordSize + Int(try reader.integer(UInt16.self, at: offset + 20)) == reader.count
      {
        return offset
      }
      offset -= 1
    }
    throw Failure.truncated
  }

  private static func locateZip64Directory(_ reader: ZipReader, _ end: Int) throws -> Directory? {
    let locator = end - 20
    guard locator >= 0, try reader.integer(UInt32.self, at: locator) == 0x0706_4B50 else { return nil }
    guard try reader.integer(UInt32.self, at: locator + 16) <= 1 else { throw Failure.split }
    let record = try reader.size(at: locator + 8)
    guard try reader.integer(UInt32.self, at: record) == 0x0606_4B50 else {
      throw Failure.corrupt("no zip64 end record where its locator says, at byte \(record)")
    }
    return Directory(offset: try reader.size(at: record + 48), entryCount: try reader.size(at: record + 32))
  }

  private static func readEntry(_ reader: ZipReader, at offset: Int) throws -> (Entry, next: Int) {
    guard try reader.integer(UInt32.self, at: offset) == 0x0201_4B50 else {
      throw Failure.corrupt("no directory entry at byte \(offset)")
    }
    let nameLength = Int(try reader.integer(UInt16.self, at: offset + 28))
    let extraLength = Int(try reader.integer(UInt16.self, at: offset + 30))
    let commentLength = Int(try reader.integer(UInt16.self, at: offset + 32))
    let sizes = try ZipSizes(reader, entryAt: offset, extraAt: offset + 46 + nameLength, extraLength: extraLength)
    let entry = Entry(
      name: String(decoding: try reader.slice(at: offset + 46, count: nameLength), as: UTF8.self),
      flags: try reader.integer(UInt16.self, at: offset + 8),
      method: try reader.integer(UInt16.self, at: offset + 10),
      crc32: try reader.integer(UInt32.self, at: offset + 16),
      compressedSize: sizes.compressed, size: sizes.uncompressed, headerOffset: sizes.headerOffset)
    return (entry, offset + 46 + nameLength + extraLength + commentLength)
  }
}

/// The three sizes of a directory entry: in their 32-bit places or, where those are all ones, in the zip64 extra.
private struct ZipSizes {
  var uncompressed: Int
  var compressed: Int
  var headerOffset: Int

  init(_ reader: ZipReader, entryAt entry: Int, extraAt extra: Int, extraLength: Int) throws {
    var wide = try Self.locateZip64Extra(reader, at: extra, length: extraLength)
    func size(at offset: Int) throws -> Int {
      let narrow = try reader.integer(UInt32.self, at: offset)
      guard narrow == .max, let place = wide else { return Int(narrow) }
      guard place.count >= 8 else { throw ZipArchive.Failure.corrupt("zip64 sizes are missing at byte \(extra)") }
      wide = place.dropFirst(8)
      return try reader.size(at: place.lowerBound)
    }
    // In the order in which the extra field lists them.
    uncompressed = try size(at: entry + 24)
    compressed = try size(at: entry + 20)
    headerOffset = try size(at: entry + 42)
  }

  private static func locateZip64Extra(_ reader: ZipReader, at start: Int, length: Int) throws -> Range<Int>? {
    var offset = start
    while offset + 4 <= start + length {
      let kind = try reader.integer(UInt16.self, at: offset)
      let count = Int(try reader.integer(UInt16.self, at: offset + 2))
      guard offset + 4 + count <= start + length else { return nil }
      if kind == 0x0001 { return offset + 4..<offset + 4 + count }
      offset += 4 + count
    }
    return nil
  }
}

/// Bounds-checked little-endian reads, from a block of the file that stays in memory until another one is needed.
private final class ZipReader {
  private static let blockBytes = 1 << 16

  private let file: SourceFile
  private var block: [UInt8] = []
  private var blockStart = 0
  var count: Int { file.byteCount }

  init(_ file: SourceFile) { self.file = file }

  func integer<Integer: FixedWidthInteger>(_: Integer.Type, at offset: Int) throws -> Integer {
    try slice(at: offset, count: MemoryLayout<Integer>.size).withUnsafeBytes {
      Integer(littleEndian: $0.loadUnaligned(as: Integer.self))
    }
  }

  /// A 64-bit size or offset; one that no file can have is refused.
  func size(at offset: Int) throws -> Int {
    guard let size = Int(exactly: try integer(UInt64.self, at: offset)), size < 1 << 62 else {
      throw ZipArchive.Failure.corrupt("an impossible size at byte \(offset)")
    }
    return size
  }

  func slice(at offset: Int, count: Int) throws -> ArraySlice<UInt8> {
    try requireBytes(at: offset, count: count)
    if offset < blockStart || offset + count > blockStart + block.count {
      // The end of an archive is searched backwards.
      blockStart = max(0, min(offset - Self.blockBytes / 4, self.count - Self.blockBytes))
      block = try file.bytes(in: blockStart..<min(self.count, max(offset + count, blockStart + Self.blockBytes)))
    }
    return block[offset - blockStart..<offset - blockStart + count]
  }

  func requireBytes(at offset: Int, count: Int) throws {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else {
      throw ZipArchive.Failure.corrupt("bytes \(offset) to \(offset + count) of \(self.count) are asked for")
    }
  }
}
