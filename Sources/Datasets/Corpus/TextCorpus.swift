import FileFormats
import Foundation
import Kernels

/// The bytes of a text file: plain, .gz, or .zip with one file in it.
///
/// What is compressed is unpacked at once into a nameless temporary file (in `TMPDIR`, else `/var/tmp`). Bytes are read from
/// the file when they are asked for, so that the heap stays small however large the text is, and a file that is changed
/// meanwhile is noticed. The kind of file is told by its first bytes, not its name.
public final class TextCorpus: Sendable {
  /// The path the corpus was opened with.
  public let path: String
  private let source: SourceFile
  let digest = RememberedDigest()

  private static let blockBytes = 1 << 20

  /// - Parameter force: takes what does not look like text as well.
  /// - Throws: ``CorpusError``.
  public convenience init(contentsOf path: String, force: Bool = false) throws {
    try self.init(contentsOf: path, force: force, temporaryDirectory: TemporaryFile.directory)
  }

  package init(contentsOf path: String, force: Bool = false, temporaryDirectory: String) throws {
    let file = try SourceFile(path)
    self.path = path
    switch Packing(of: try file.bytes(in: 0..<min(file.byteCount, 4))) {
    case nil:
      // A web page saved as enwik8.zip is not what anybody wants to train on.
      if let suffix = ["gz", "zip"].first(where: { path.lowercased().hasSuffix(".\($0)") }), file.byteCount > 0 {
        throw CorpusError.corrupt(path: path, format: suffix, reason: "it does not begin like one")
      }
      source = file
    case let packing?: source = try Self.unpack(file, packing, into: temporaryDirectory)
    }
    guard source.byteCount > 0 else { throw CorpusError.empty(path: path) }
    if !force, let objection = try TextInspection(of: self).objection { throw objection }
  }

  public var byteCount: Int { source.byteCount }

  /// The bytes in `range`, counted from 0.
  /// - Throws: ``CorpusError/changed`` when the file is no longer what was opened, ``CorpusError/unreadable``.
  public func bytes(in range: Range<Int>) throws -> [UInt8] {
    require(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "bytes \(range) of a corpus of \(byteCount) bytes")
    return try source.bytes(in: range)
  }

  /// Reads the bytes from `offset` on into all of `buffer`.
  /// - Throws: as ``bytes(in:)``.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    require(
      offset >= 0 && buffer.count <= byteCount - offset,
      "\(buffer.count) bytes from \(offset) on of a corpus of \(byteCount) bytes")
    try source.read(at: offset, into: buffer)
  }

  /// Calls `body` with the bytes of a range, one part after the other.
  /// - Throws: as ``bytes(in:)``; what `body` throws.
  public func forEachBlock(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(range.count, Self.blockBytes), alignment: 64)
    defer { buffer.deallocate() }
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockBytes) {
      let block = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(Self.blockBytes, range.upperBound - start)])
      try read(at: start, into: block)
      try body(UnsafeRawBufferPointer(block))
    }
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

  private static func unpack(_ file: SourceFile, _ packing: Packing, into directory: String) throws -> SourceFile {
    do {
      let temporary = try TemporaryFile(in: directory)
      let unpacker = Unpacker(sink: temporary.write)
      switch packing {
      case .gzip: try unpacker.unpackGzip(file)
      case .zip: try unpacker.unpackZip(file)
      }
      return try temporary.source(path: file.path)
    } catch let failure as TemporaryFile.Failure {
      throw CorpusError.cannotUnpack(path: file.path, into: directory, reason: failure.reason)
    }
  }
}

/// How a file is compressed that is unpacked here.
private enum Packing {
  case gzip
  case zip

  init?(of beginning: [UInt8]) {
    if beginning.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if [[0x50, 0x4B, 0x03, 0x04], [0x50, 0x4B, 0x05, 0x06]].contains(beginning) {
      self = .zip
    } else {
      return nil
    }
  }
}
