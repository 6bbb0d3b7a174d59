import FileFormats
import Foundation

/// A public corpus that is published as a zip archive with one file in it.
public struct KnownCorpus: Sendable {
  public var name: String
  /// Where the archive is published.
  public var source: URL
  public var archiveBytes: Int
  public var archiveSHA256: String
  /// Size of the text in bytes.
  public var byteCount: Int
  /// MD5 of the text, in the form in which corpora publish it; the archive's SHA-256 is what is trusted.
  public var md5: String

  public init(name: String, source: URL, archiveBytes: Int, archiveSHA256: String, byteCount: Int, md5: String) {
    self.name = name
    self.source = source
    self.archiveBytes = archiveBytes
    self.archiveSHA256 = archiveSHA256
    self.byteCount = byteCount
    self.md5 = md5
  }

  public enum Outcome: Equatable, Sendable {
    /// The text was there and is right; nothing was done.
    case alreadyThere
    case fetched
  }

  public enum Event: Equatable, Sendable {
    case download(Download.Event)
    /// The archive was there and is right.
    case foundArchive(path: String)
    case unpacking
  }

  /// Downloads the archive to `<output>.zip`, unpacks it to `output`, and removes the archive again; each is verified
  /// before it gets its name. An archive that was there already is used and kept.
  ///
  /// - Parameters:
  ///   - source: fetches the same archive from elsewhere.
  ///   - onEvent: called one at a time, not on the caller's thread.
  /// - Throws: ``KnownCorpusError``, ``DownloadError``, ``CorpusError``, `FileError`, or `CancellationError`.
  public func fetch(
    to output: URL, from source: URL? = nil, retries: Download.RetryPolicy = .init(),
    onEvent: @escaping @Sendable (Event) -> Void = { _ in }
  ) async throws -> Outcome {
    if FileSystem.exists(output) {
      try check(output, size: byteCount, digest: md5, kind: "MD5", MD5.self)
      return .alreadyThere
    }
    let archive = output.appendingPathExtension("zip")
    let archiveWasThere = FileSystem.exists(archive)
    if archiveWasThere {
      try check(archive, size: archiveBytes, digest: archiveSHA256, kind: "SHA-256", SHA256.self)
      onEvent(.foundArchive(path: archive.path))
    }
    try FileSystem.requireFreeBytes(byteCount + (archiveWasThere ? 0 : archiveBytes), at: output)
    if !archiveWasThere {
      var download = Download(
        from: source ?? self.source, to: archive, expectedBytes: archiveBytes, expectedSHA256: archiveSHA256)
      download.retries = retries
      try await download.run { onEvent(.download($0)) }
    }
    onEvent(.unpacking)
    try unpack(archive, to: output)
    if !archiveWasThere { unlink(archive.path) }
    return .fetched
  }

  private func check(
    _ file: URL, size: Int, digest: String, kind: String, _ function: (some HashFunction).Type
  ) throws {
    let found = try function.hexadecimal(of: file)
    guard found == digest else {
      throw KnownCorpusError.otherFile(
        path: file.path, name: name, kind: kind, expected: digest, found: found, expectedBytes: size)
    }
  }

  private func unpack(_ archive: URL, to output: URL) throws {
    let file = try SourceFile(archive.path)
    // A killed run may have left the text half unpacked, under a hidden name.
    try AtomicDirectory.removeLeftovers(in: output.deletingLastPathComponent())
    try AtomicFile.write(to: output, expectedBytes: byteCount) { text in
      var digest = MD5()
      var unpackedBytes = 0
      let unpacker = Unpacker { bytes in
        try Task.checkCancellation()
        unpackedBytes += bytes.count
        digest.update(bytes)
        try text.write(bytes)
      }
      try unpacker.unpackZip(file)
      let found = digest.hexadecimal
      guard unpackedBytes == byteCount, found == md5 else {
        throw KnownCorpusError.otherContents(
          path: archive.path, name: name, expectedBytes: byteCount, expectedMD5: md5, bytes: unpackedBytes, md5: found)
      }
    }
  }
}

extension KnownCorpus {
  /// The first 10^8 bytes of an English Wikipedia dump of 2006 (Mahoney, Large Text Compression Benchmark).
  public static let enwik8 = KnownCorpus(
    name: "enwik8",
    source: URL(string: "http://mattmahoney.net/dc/enwik8.zip")!,
    archiveBytes: 36_445_475,
    archiveSHA256: "547994d9980ebed1288380d652999f38a14fe291a6247c157c3d33d4932534bc",
    byteCount: 100_000_000,
    md5: "a1fa5ffddb56f4953e226637dabbb36a")

  public static let all = [enwik8]
}

/// A file that is not the corpus it should be.
public enum KnownCorpusError: Error, Equatable, Sendable {
  /// Something else bears the name; it is left alone.
  case otherFile(path: String, name: String, kind: String, expected: String, found: String, expectedBytes: Int)
  /// The archive is right, the text in it is not.
  case otherContents(path: String, name: String, expectedBytes: Int, expectedMD5: String, bytes: Int, md5: String)
}

extension KnownCorpusError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .otherFile(let path, let name, let kind, let expected, let found, let expectedBytes):
      """
      \(path): there is a file of this name already, and it is not \(name) (\(expectedBytes) bytes).
        expected \(kind) \(expected)
        found    \(kind) \(found)
      It is left as it is. Move it away, or choose another output path.
      """
    case .otherContents(let path, let name, let expectedBytes, let expectedMD5, let bytes, let md5):
      """
      \(path): unpacks to \(bytes) bytes with MD5 \(md5). Expected \(name), \(expectedBytes) bytes with MD5 \
      \(expectedMD5). Remove the archive and fetch it again.
      """
    }
  }
}
