import CZlib

/// Compressed files made in memory, for the tests.
enum Archives {
  static func gzip(_ contents: [UInt8]) -> [UInt8] { deflate(contents, windowBits: 16 + MAX_WBITS) }

  static func rawDeflate(_ contents: [UInt8]) -> [UInt8] { deflate(contents, windowBits: -MAX_WBITS) }

  static func checksum(_ contents: [UInt8]) -> UInt32 {
    UInt32(crc32(0, contents, UInt32(contents.count)))
  }

  private static func deflate(_ contents: [UInt8], windowBits: Int32) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = contents
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(contents.count))) + 64)
    let produced = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { sink in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = sink.baseAddress
        stream.avail_out = UInt32(sink.count)
        precondition(CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END)
        return sink.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<produced])
  }
}

/// Builds zip archives, right ones and wrong ones.
struct ZipBuilder {
  struct Entry {
    var name: String
    var contents: [UInt8]
    var deflated = true
    var method: UInt16?
    var flags: UInt16 = 0
    var checksum: UInt32?
    var size: UInt32?
  }

  var entries: [Entry]
  /// Writes sizes, offsets and counts as zip64 does.
  var zip64 = false
  var comment: [UInt8] = []

  func build() -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = archive.count
      let data = entry.deflated ? Archives.rawDeflate(entry.contents) : entry.contents
      let common = commonFields(of: entry, compressedSize: data.count)
      let name = Array(entry.name.utf8)
      archive += little(UInt32(0x0403_4B50)) + common + little(UInt16(name.count)) + little(UInt16(5)) + name
      // An extra field of unknown kind, which differs from that of the directory, must be skipped.
      archive += little(UInt16(0x7777)) + little(UInt16(1)) + [9] + data

      let extra = zip64 ? zip64Extra(entry.contents.count, data.count, offset) : []
      directory += little(UInt32(0x0201_4B50)) + little(UInt16(45)) + common
      directory += little(UInt16(name.count)) + little(UInt16(extra.count)) + little(UInt16(0))
      directory += little(UInt16(0)) + little(UInt16(0)) + little(UInt32(0))
      directory += little(zip64 ? .max : UInt32(offset)) + name + extra
    }
    return archive + directory + end(directoryOffset: archive.count, directorySize: directory.count)
  }

  private func commonFields(of entry: Entry, compressedSize: Int) -> [UInt8] {
    let method = entry.method ?? (entry.deflated ? 8 : 0)
    let time: [UInt8] = [0, 0, 0, 0]
    let sizes = zip64 ? [UInt32.max, .max] : [UInt32(compressedSize), entry.size ?? UInt32(entry.contents.count)]
    return little(UInt16(45)) + little(entry.flags) + little(method) + time
      + little(entry.checksum ?? Archives.checksum(entry.contents)) + sizes.flatMap(little)
  }

  private func zip64Extra(_ size: Int, _ compressedSize: Int, _ offset: Int) -> [UInt8] {
    let unrelated = little(UInt16(0x5455)) + little(UInt16(2)) + [1, 2]
    return unrelated + little(UInt16(1)) + little(UInt16(24)) + little(UInt64(size))
      + little(UInt64(compressedSize)) + little(UInt64(offset))
  }

  private func end(directoryOffset: Int, directorySize: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    let count = UInt64(entries.count)
    if zip64 {
      let versions = little(UInt16(45)) + little(UInt16(45))
      bytes += little(UInt32(0x0606_4B50)) + little(UInt64(44)) + versions
      bytes += little(UInt32(0)) + little(UInt32(0)) + little(count) + little(count)
      bytes += little(UInt64(directorySize)) + little(UInt64(directoryOffset))
      bytes += little(UInt32(0x0706_4B50)) + little(UInt32(0))
      bytes += little(UInt64(directoryOffset + directorySize)) + little(UInt32(1))
    }
    let narrowCount = zip64 ? .max : UInt16(count)
    bytes += little(UInt32(0x0605_4B50)) + little(UInt16(0)) + little(UInt16(0))
    bytes += little(narrowCount) + little(narrowCount)
    bytes += little(zip64 ? .max : UInt32(directorySize)) + little(zip64 ? .max : UInt32(directoryOffset))
    return bytes + little(UInt16(comment.count)) + comment
  }

  private func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
