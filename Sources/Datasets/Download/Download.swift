import FileFormats
import Foundation

/// One file fetched over HTTP: resumed where it broke off, verified, and only then given its name.
///
/// Until it is complete and right the file is called `<destination>.part`. That file survives an interruption, and the
/// next run goes on from its end if the server can serve ranges. A complete but wrong file is removed.
public struct Download: Sendable {
  public var source: URL
  /// A file already there is replaced.
  public var destination: URL
  /// Size in bytes, if known; a server's own word for it is not trusted then.
  public var expectedBytes: Int?
  /// Lower-case hexadecimal digits.
  public var expectedSHA256: String?
  public var retries = RetryPolicy()

  /// How stubborn a download is.
  public struct RetryPolicy: Sendable {
    /// Number of requests, the first included.
    public var attempts = 5
    /// Seconds before the second request; doubles with each further one.
    public var firstDelay = 1.0
    /// Seconds without a byte after which a request counts as failed.
    public var timeout = 30.0

    public init() {}
  }

  public enum Event: Equatable, Sendable {
    /// - Parameter expectedBytes: nil when neither known beforehand nor told by the server.
    case progress(receivedBytes: Int, expectedBytes: Int?)
    /// An earlier attempt or run had left so many bytes, from which this one goes on.
    case resumed(atByte: Int)
    /// What was there is given up; all bytes are fetched again.
    case startingOver(reason: String)
    case retrying(attempt: Int, of: Int, afterSeconds: Double, reason: String)
  }

  public init(from source: URL, to destination: URL, expectedBytes: Int? = nil, expectedSHA256: String? = nil) {
    self.source = source
    self.destination = destination
    self.expectedBytes = expectedBytes
    self.expectedSHA256 = expectedSHA256
  }

  /// - Parameter onEvent: called one at a time, not on the caller's thread.
  /// - Throws: ``DownloadError``, `FileError`, or `CancellationError` when the task is cancelled.
  public func run(onEvent: @escaping @Sendable (Event) -> Void = { _ in }) async throws {
    let part = try PartialFile(besides: destination)
    defer {
      // There is nothing to go on from.
      if part.byteCount == 0 { part.remove() }
      part.unlock()
    }
    if !isUsable(part) { try part.restart(nil) }
    let isPatched = part.byteCount > 0
    var contentType = try await receive(into: part, onEvent)
    if try isPatched && !isRight(part) {
      onEvent(.startingOver(reason: "the part left by an earlier run belongs to another file"))
      try part.restart(nil)
      contentType = try await receive(into: part, onEvent)
    }
    guard try isRight(part) else { throw try wrongFile(part, contentType) }
    try part.commit(to: destination)
  }

  /// Whether what an earlier run has left may be the start of this file.
  private func isUsable(_ part: PartialFile) -> Bool {
    if let expectedBytes, part.byteCount > expectedBytes { return false }
    // The hash tells in the end. Without one, only the server's mark can vouch for the first half.
    return expectedSHA256 != nil || (part.origin?.url == source.absoluteString && part.origin?.validator != nil)
  }

  /// Asks until everything is there.
  ///
  /// - Returns: what the server calls the type of the file.
  private func receive(
    into part: PartialFile, _ onEvent: @escaping @Sendable (Event) -> Void
  ) async throws -> String? {
    guard expectedBytes == nil || part.byteCount < expectedBytes ?? 0 else { return nil }
    var attempt = 1
    while true {
      let request = DownloadRequest(self, part, onEvent)
      do {
        try await request.run()
        return request.contentType
      } catch let failure as TransientFailure {
        guard attempt < retries.attempts else {
          throw DownloadError.brokenOff(
            url: source, attempts: attempt, receivedBytes: part.byteCount,
            expectedBytes: expectedBytes ?? request.announcedBytes, reason: failure.reason)
        }
        let delay = retries.firstDelay * Double(1 << (attempt - 1))
        attempt += 1
        onEvent(.retrying(attempt: attempt, of: retries.attempts, afterSeconds: delay, reason: failure.reason))
        try await Task.sleep(for: .seconds(delay))
      }
    }
  }

  private func isRight(_ part: PartialFile) throws -> Bool {
    if let expectedBytes, part.byteCount != expectedBytes { return false }
    guard let expectedSHA256 else { return true }
    return try SHA256.hexadecimal(of: part.url) == expectedSHA256
  }

  private func wrongFile(_ part: PartialFile, _ contentType: String?) throws -> DownloadError {
    let received = try SHA256.hexadecimal(of: part.url)
    part.remove()
    return .wrongHash(
      url: source, expected: expectedSHA256 ?? "unknown", received: received, receivedBytes: part.byteCount,
      contentType: contentType)
  }
}

/// Something that may go better the next time.
struct TransientFailure: Error {
  let reason: String
}
