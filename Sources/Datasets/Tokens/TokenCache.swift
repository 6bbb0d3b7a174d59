import FileFormats
import Foundation

/// A folder of token files, one for each tokenizer, text and range that was encoded.
public struct TokenCache: Sendable {
  public let folder: URL

  public init(folder: URL) {
    self.folder = folder
  }

  /// `$XDG_CACHE_HOME/bitnet/tokens`, or in `~/.cache`.
  public static var standard: TokenCache { TokenCache(folder: CacheFolder.standard("tokens")) }

  /// The file that is kept under a key, or a new one.
  ///
  /// A file that is damaged, cut off or of something else is replaced. Where none can be kept – no permission, a full
  /// disk – the ids go into a nameless temporary file, and `notice` is told why.
  /// - Parameters:
  ///   - key: SHA-256 of everything that decides about the ids.
  ///   - make: writes the ids; called again for the temporary file.
  /// - Throws: `CorpusError.cannotKeepTokens` when there is no room for a temporary file either; what `make` throws.
  package func file(
    key: [UInt8], vocabularySize: Int, textPath: String, notice: (TokenizationEvent) -> Void,
    make: (inout TokenFileWriter) throws -> Void
  ) throws -> TokenFile {
    let url = folder.appendingPathComponent(SHA256.hexadecimal(key) + ".tokens")
    if let kept = open(url, key, vocabularySize) { return kept }
    do {
      try FileSystem.createDirectories(folder)
      // What killed processes left behind; another user's is in nobody's way.
      _ = try? AtomicDirectory.removeLeftovers(in: folder)
      try AtomicFile.write(to: url) { output in
        try Self.write(key, vocabularySize, to: { try output.write($0) }, make)
      }
      if let made = open(url, key, vocabularySize) { return made }
      notice(.notKept(path: textPath, folder: folder.path, reason: "what was written cannot be read"))
    } catch let error as FileError {
      notice(.notKept(path: textPath, folder: folder.path, reason: "\(error)"))
    }
    return try temporaryFile(key: key, vocabularySize: vocabularySize, textPath: textPath, make: make)
  }

  private func open(_ url: URL, _ key: [UInt8], _ vocabularySize: Int) -> TokenFile? {
    guard let map = try? MappedFile(url) else { return nil }
    return try? TokenFile(map, key: key, vocabularySize: vocabularySize)
  }

  private func temporaryFile(
    key: [UInt8], vocabularySize: Int, textPath: String, make: (inout TokenFileWriter) throws -> Void
  ) throws -> TokenFile {
    let directory = TemporaryFile.directory
    func failure(_ reason: String) -> CorpusError {
      .cannotKeepTokens(path: textPath, folder: folder.path, temporary: directory, reason: reason)
    }
    do {
      let temporary = try TemporaryFile(in: directory)
      try Self.write(key, vocabularySize, to: temporary.write, make)
      return try TokenFile(temporary.map(), key: key, vocabularySize: vocabularySize)
    } catch let error as TemporaryFile.Failure {
      throw failure(error.reason)
    } catch let error as TokenFile.Unusable {
      throw failure("what was written cannot be read: \(error.reason)")
    }
  }

  private static func write(
    _ key: [UInt8], _ vocabularySize: Int, to sink: @escaping TokenFileWriter.Sink,
    _ make: (inout TokenFileWriter) throws -> Void
  ) throws {
    var writer = TokenFileWriter(key: key, vocabularySize: vocabularySize, sink: sink)
    try make(&writer)
    try writer.finish()
  }
}
