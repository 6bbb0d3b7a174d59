import CZlib

/// Unpacks .gz and .zip data in memory into a sink and translates what goes wrong into ``CorpusError``.
struct Unpacker {
  /// The path that errors name.
  let path: String
  let sink: (UnsafeRawBufferPointer) throws -> Void

  /// Unpacks all members of gzip data; zeros after the last are padding.
  func unpackGzip(_ bytes: UnsafeRawBufferPointer) throws {
    let inflater = Inflater(.gzip)
    var rest = bytes
    repeat {
      let consumed = try run(inflater, on: rest, format: "gzip")
      rest = UnsafeRawBufferPointer(rebasing: rest[consumed...])
    } while rest.first == 0x1F
    guard rest.allSatisfy({ $0 == 0 }) else {
      throw CorpusError.corrupt(
        path: path, format: "gzip", reason: "\(rest.count) bytes that are not gzip follow the data")
    }
  }

  /// Unpacks the only file of a zip archive.
  ///
  /// - Returns: its name in the archive.
  @discardableResult
  func unpackZip(_ bytes: UnsafeRawBufferPointer) throws -> String {
    do {
      let archive = try ZipArchive(bytes)
      guard archive.entries.count == 1, let entry = archive.entries.first else {
        throw CorpusError.notOneEntry(path: path, entries: archive.entries.map(\.name))
      }
      try unpack(entry, try archive.compressedBytes(of: entry))
      return entry.name
    } catch let failure as ZipArchive.Failure {
      switch failure {
      case .truncated: throw CorpusError.truncated(path: path, format: "zip", unpackedBytes: 0)
      case .corrupt(let reason): throw CorpusError.corrupt(path: path, format: "zip", reason: reason)
      case .split:
        throw CorpusError.unsupported(
          path: path, reason: "is one volume of a zip archive split into several", advice: "unpack the archive")
      }
    }
  }

  private func unpack(_ entry: ZipArchive.Entry, _ bytes: UnsafeRawBufferPointer) throws {
    guard !entry.isEncrypted else {
      throw CorpusError.unsupported(
        path: path, reason: "\(entry.name) in the zip archive is encrypted", advice: "unpack the archive")
    }
    let checked = ChecksummedSink(sink)
    switch entry.method {
    case 0: try checked.writeInBlocks(bytes)
    case 8: _ = try Unpacker(path: path, sink: checked.write).run(Inflater(.raw), on: bytes, format: "zip")
    default:
      throw CorpusError.unsupported(
        path: path, reason: "\(entry.name) in the zip archive is compressed with method \(entry.method)",
        advice: "unpack the archive")
    }
    guard checked.byteCount == entry.size else {
      throw CorpusError.corrupt(
        path: path, format: "zip", reason: "\(entry.name) has \(checked.byteCount) bytes, not \(entry.size)")
    }
    guard checked.crc32 == entry.crc32 else {
      throw CorpusError.wrongChecksum(path: path, format: "zip", stored: entry.crc32, computed: checked.crc32)
    }
  }

  private func run(_ inflater: Inflater, on bytes: UnsafeRawBufferPointer, format: String) throws -> Int {
    var unpackedBytes = 0
    do {
      return try inflater.unpack(bytes) {
        unpackedBytes += $0.count
        try sink($0)
      }
    } catch Inflater.Failure.truncated {
      throw CorpusError.truncated(path: path, format: format, unpackedBytes: unpackedBytes)
    } catch Inflater.Failure.corrupt(let reason) {
      throw CorpusError.corrupt(path: path, format: format, reason: reason)
    }
  }
}

/// Counts and checksums what passes through.
private final class ChecksummedSink {
  private let sink: (UnsafeRawBufferPointer) throws -> Void
  private(set) var crc32: UInt32 = 0
  private(set) var byteCount = 0

  init(_ sink: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.sink = sink }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    crc32 = UInt32(CZlib.crc32(UInt(crc32), start, UInt32(bytes.count)))
    byteCount += bytes.count
    try sink(bytes)
  }

  /// zlib counts in 32 bits.
  func writeInBlocks(_ bytes: UnsafeRawBufferPointer) throws {
    for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
      try write(UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + 1 << 20)]))
    }
  }
}
