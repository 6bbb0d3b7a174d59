import FileFormats
import Foundation
import Kernels

/// The bytes of a text file – plain, .gz, or .zip with one file in it – mapped into memory.
///
/// What is compressed is unpacked at once into a nameless temporary file (in `TMPDIR`, else `/var/tmp`), which is then
/// mapped: the heap stays small however large the text is. The kind of file is told by its first bytes, not its name.
public final class TextCorpus: Sendable {
  /// The path the corpus was opened with.
  public let path: String
  private let storage: MappedFile
  let digest = RememberedDigest()

  /// - Throws: ``CorpusError``.
  public convenience init(contentsOf path: String) throws {
    try self.init(contentsOf: path, temporaryDirectory: TemporaryFile.directory)
  }

  package init(contentsOf path: String, temporaryDirectory: String) throws {
    let file = try Self.map(path)
    self.path = path
    let format = file.withBytes { FileFormat(of: $0) }
    switch format {
    case .plain:
      // A web page saved as enwik8.zip is not what anybody wants to train on.
      if let suffix = ["gz", "zip"].first(where: { path.lowercased().hasSuffix(".\($0)") }), file.bytes.count > 0 {
        throw CorpusError.corrupt(path: path, format: suffix, reason: "it does not begin like one")
      }
      storage = file
    case .gzip, .zip:
      storage = try Self.unpack(file, format, path: path, into: temporaryDirectory)
    case .unsupported(let name, let command):
      throw CorpusError.unsupported(
        path: path, reason: "is compressed with \(name)", advice: "unpack it first: \(command) \(path)")
    }
    guard storage.bytes.count > 0 else { throw CorpusError.empty(path: path) }
  }

  /// The whole text. Valid as long as the corpus lives; the last mention of a corpus ends its life, so a local one
  /// is better asked through ``withUnsafeBytes(_:)``.
  public var bytes: UnsafeRawBufferPointer { storage.bytes }

  /// Calls `body` with the whole text and keeps the corpus alive meanwhile.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(bytes) }
  }

  public var byteCount: Int { bytes.count }

  /// The bytes in `range`, counted from 0. Valid as long as the corpus lives.
  public subscript(range: Range<Int>) -> UnsafeRawBufferPointer {
    require(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "bytes \(range) of a corpus of \(byteCount) bytes")
    return UnsafeRawBufferPointer(rebasing: bytes[range])
  }

  /// Closes an open end and checks the range.
  ///
  /// - Parameter neededBytes: the least that the range must hold.
  /// - Throws: ``CorpusError/rangePastEnd`` or ``CorpusError/rangeTooShort``.
  public func resolve(_ range: ByteRange, holding neededBytes: Int = 1) throws -> Range<Int> {
    let upper = range.upperBound ?? byteCount
    guard upper <= byteCount, range.lowerBound >= 0, range.lowerBound < byteCount, range.lowerBound <= upper else {
      throw CorpusError.rangePastEnd(path: path, range: range, byteCount: byteCount)
    }
    guard upper - range.lowerBound >= neededBytes else {
      throw CorpusError.rangeTooShort(
        path: path, range: range, neededBytes: neededBytes, byteCount: upper - range.lowerBound)
    }
    return range.lowerBound..<upper
  }

  private static func map(_ path: String) throws -> MappedFile {
    do {
      return try MappedFile(URL(fileURLWithPath: path))
    } catch let error as FileError {
      switch error {
      case .notFound, .notDirectory: throw CorpusError.missing(path: path)
      case .isDirectory: throw CorpusError.directory(path: path)
      case .empty: throw CorpusError.empty(path: path)
      case .notRegularFile: throw CorpusError.unreadable(path: path, reason: "it is not a regular file")
      case .permissionDenied: throw CorpusError.unreadable(path: path, reason: "permission denied")
      case .failed(_, _, let number):
        throw CorpusError.unreadable(path: path, reason: String(cString: strerror(number)))
      case .alreadyExists, .noSpace, .unusableName: throw error
      }
    }
  }

  private static func unpack(
    _ file: MappedFile, _ format: FileFormat, path: String, into directory: String
  ) throws -> MappedFile {
    do {
      let temporary = try TemporaryFile(in: directory)
      let unpacker = Unpacker(path: path, sink: temporary.write)
      try file.withBytes { bytes in
        if format == .gzip { try unpacker.unpackGzip(bytes) } else { try unpacker.unpackZip(bytes) }
      }
      return try temporary.map()
    } catch let failure as TemporaryFile.Failure {
      throw CorpusError.cannotUnpack(path: path, into: directory, reason: failure.reason)
    }
  }
}
