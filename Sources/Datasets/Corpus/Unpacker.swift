import CZlib

/// Unpacks .gz and .zip files into a sink and translates what goes wrong into ``CorpusError``.
struct Unpacker {
  let sink: (UnsafeRawBufferPointer) throws -> Void

  /// Unpacks all members of gzip data; zeros after the last are padding.
  func unpackGzip(_ file: SourceFile) throws {
    let inflater = Inflater(.gzip)
    var position = 0
    repeat {
      position += try run(inflater, on: file, position..<file.byteCount, format: "gzip")
    } while try position < file.byteCount && file.bytes(in: position..<position + 1) == [0x1F]
    let restStart = position
    while position < file.byteCount {
      let block = try file.bytes(in: position..<min(file.byteCount, position + 1 << 20))
      guard block.allSatisfy({ $0 == 0 }) else {
        throw CorpusError.corrupt(
          path: file.path, format: "gzip",
          reason: "\(file.byteCount - restStart) bytes that are not gzip follow the data")
      }
      position += block.count
    }
  }

  /// Unpacks the only file of a zip archive.
  ///
  /// - Returns: its name in the archive.
  @discardableResult
  func unpackZip(_ file: SourceFile) throws -> String {
    let path = file.path
    do {
      let archive = try ZipArchive(file)
      guard archive.entries.count == 1, let entry = archive.entries.first else {
        let names = archive.entries.map(\.name)
        throw ZippedDocument.objection(names, path: path) ?? CorpusError.notOneEntry(path: path, entries: names)
      }
      try unpack(entry, of: file, try archive.compressedBytes(of: entry))
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

  private func unpack(_ entry: ZipArchive.Entry, of file: SourceFile, _ range: Range<Int>) throws {
    guard !entry.isEncrypted else {
      throw CorpusError.unsupported(
        path: file.path, reason: "\(entry.name) in the zip archive is encrypted", advice: "unpack the archive")
    }
    let checked = ChecksummedSink(sink, declaredBytes: entry.size)
    do {
      switch entry.method {
      case 0:
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 20) {
          try file.bytes(in: start..<min(range.upperBound, start + 1 << 20)).withUnsafeBytes(checked.write)
        }
      case 8: _ = try Unpacker(sink: checked.write).run(Inflater(.raw), on: file, range, format: "zip")
      default:
        throw CorpusError.unsupported(
          path: file.path, reason: "\(entry.name) in the zip archive is compressed with method \(entry.method)",
          advice: "unpack the archive")
      }
    } catch is ChecksummedSink.MoreThanDeclared {
      throw CorpusError.corrupt(
        path: file.path, format: "zip", reason: "\(entry.name) has more than the \(entry.size) bytes it is said to have"
      )
    }
    guard checked.byteCount == entry.size else {
      throw CorpusError.corrupt(
        path: file.path, format: "zip", reason: "\(entry.name) has \(checked.byteCount) bytes, not \(entry.size)")
    }
    guard checked.crc32 == entry.crc32 else {
      throw CorpusError.wrongChecksum(
        path: file.path, format: "zip", stored: entry.crc32, computed: checked.crc32)
    }
  }

  private func run(_ inflater: Inflater, on file: SourceFile, _ range: Range<Int>, format: String) throws -> Int {
    var unpackedBytes = 0
    do {
      return try inflater.unpack(file, range) {
        unpackedBytes += $0.count
        try sink($0)
      }
    } catch Inflater.Failure.truncated {
      throw CorpusError.truncated(path: file.path, format: format, unpackedBytes: unpackedBytes)
    } catch Inflater.Failure.corrupt(let reason) {
      throw CorpusError.corrupt(path: file.path, format: format, reason: reason)
    }
  }
}

/// Counts and checksums what passes through, and lets no more pass than was declared.
private final class ChecksummedSink {
  struct MoreThanDeclared: Error {}

  private let sink: (UnsafeRawBufferPointer) throws -> Void
  private let declaredBytes: Int
  private(set) var crc32: UInt32 = 0
  private(set) var byteCount = 0

  init(_ sink: @escaping (UnsafeRawBufferPointer) throws -> Void, declaredBytes: Int) {
    (self.sink, self.declaredBytes) = (sink, declaredBytes)
  }

  /// - Parameter bytes: fewer than 2³², since zlib counts in 32 bits.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count <= declaredBytes - byteCount else { throw MoreThanDeclared() }
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    crc32 = UInt32(CZlib.crc32(UInt(crc32), start, UInt32(bytes.count)))
    byteCount += bytes.count
    try sink(bytes)
  }
}
