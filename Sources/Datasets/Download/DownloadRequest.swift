import FileFormats
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One attempt of a download: a request for what is still missing, appended to the partial file.
final class DownloadRequest: Sendable {
  private struct Answer {
    var contentType: String?
    /// The size of the whole file as the server tells it.
    var announcedBytes: Int?
  }

  private let download: Download
  private let part: PartialFile
  private let onEvent: @Sendable (Download.Event) -> Void
  private let answer = Mutex(Answer())

  init(_ download: Download, _ part: PartialFile, _ onEvent: @escaping @Sendable (Download.Event) -> Void) {
    self.download = download
    self.part = part
    self.onEvent = onEvent
  }

  var contentType: String? { answer.withLock(\.contentType) }
  var announcedBytes: Int? { answer.withLock(\.announcedBytes) }

  private var expectedBytes: Int? { download.expectedBytes ?? announcedBytes }

  /// - Throws: `TransientFailure` where another attempt may help; ``DownloadError``, `FileError` or
  ///   `CancellationError` where none will.
  func run() async throws {
    let receiver = Transfer.Receiver(
      begin: { [self] response in try begin(response) },
      receive: { [self] data in try receive(data) })
    do {
      try await Transfer.run(request, timeout: download.retries.timeout, into: receiver)
    } catch let error as URLError where error.code == .dataLengthExceedsMaximum {
      throw DownloadError.endlessRedirection(url: download.source)
    } catch let error as URLError {
      // Where all bytes are here, what broke was the end of the connection; that is not a loss.
      guard let expected = download.expectedBytes, part.byteCount == expected else {
        throw TransientFailure(reason: reason(for: error))
      }
    }
    if let expectedBytes, part.byteCount < expectedBytes {
      throw TransientFailure(reason: "the server ended the transfer early")
    }
  }

  private var request: URLRequest {
    var request = URLRequest(url: download.source, cachePolicy: .reloadIgnoringLocalCacheData)
    request.timeoutInterval = download.retries.timeout
    // A transparently compressed answer would make its length and the range meaningless.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    if part.byteCount > 0 {
      request.setValue("bytes=\(part.byteCount)-", forHTTPHeaderField: "Range")
      if let origin = part.origin, origin.url == download.source.absoluteString, let validator = origin.validator {
        request.setValue(validator, forHTTPHeaderField: "If-Range")
      }
    }
    return request
  }

  private func begin(_ response: HTTPURLResponse) throws {
    answer.withLock { $0.contentType = response.value(forHTTPHeaderField: "Content-Type") }
    if let encoding = response.value(forHTTPHeaderField: "Content-Encoding"), encoding.lowercased() != "identity",
      (200...299).contains(response.statusCode)
    {
      throw DownloadError.encoded(url: download.source, encoding: encoding)
    }
    switch response.statusCode {
    case 200:
      let length = try announcedLength(response)
      if part.byteCount > 0 {
        onEvent(.startingOver(reason: "the server cannot resume, or has another version of the file now"))
      }
      try part.restart(.init(url: download.source.absoluteString, validator: validator(of: response)))
      answer.withLock { $0.announcedBytes = length }
    case 206:
      try beginPart(response)
    case 416:
      try part.restart(nil)
      throw TransientFailure(reason: "the server does not have the bytes that are missing")
    case 408, 429, 500...599:
      throw TransientFailure(reason: "the server answers \(response.statusCode)")
    default:
      throw DownloadError.refused(url: download.source, status: response.statusCode)
    }
    if let expectedBytes {
      try FileSystem.requireFreeBytes(expectedBytes - part.byteCount, at: download.destination)
    }
  }

  /// What the server says of the whole file, before anything of it is read.
  private func announcedLength(_ response: HTTPURLResponse) throws -> Int? {
    guard let text = response.value(forHTTPHeaderField: "Content-Length") else { return nil }
    guard let length = Int(text), length >= 0, length == download.expectedBytes ?? length else {
      throw DownloadError.otherLength(
        url: download.source, announced: text, expectedBytes: download.expectedBytes, contentType: contentType)
    }
    return length
  }

  private func beginPart(_ response: HTTPURLResponse) throws {
    let text = response.value(forHTTPHeaderField: "Content-Range")
    guard let range = text.flatMap(ContentRange.init), range.start == part.byteCount else {
      try part.restart(nil)
      throw TransientFailure(reason: "the server sends another part than the one asked for")
    }
    if let total = range.total, let expected = download.expectedBytes, total != expected {
      throw DownloadError.otherLength(
        url: download.source, announced: "\(total)", expectedBytes: expected, contentType: contentType)
    }
    answer.withLock { $0.announcedBytes = range.total }
    onEvent(.resumed(atByte: part.byteCount))
  }

  private func receive(_ data: Data) throws {
    if let expected = expectedBytes, part.byteCount + data.count > expected {
      part.remove()
      throw DownloadError.tooLong(url: download.source, expectedBytes: expected, contentType: contentType)
    }
    try part.append(data)
    onEvent(.progress(receivedBytes: part.byteCount, expectedBytes: expectedBytes))
  }

  /// A weak ETag does not promise equal bytes (RFC 9110, 13.1.5).
  private func validator(of response: HTTPURLResponse) -> String? {
    if let tag = response.value(forHTTPHeaderField: "ETag"), !tag.hasPrefix("W/") { return tag }
    return response.value(forHTTPHeaderField: "Last-Modified")
  }

  private func reason(for error: URLError) -> String {
    switch error.code {
    case .timedOut: "no byte came for \(download.retries.timeout.formatted()) seconds"
    case .cannotFindHost, .dnsLookupFailed: "the name of the host is not known"
    case .cannotConnectToHost: "the host does not accept a connection"
    case .networkConnectionLost: "the connection was lost"
    case .notConnectedToInternet: "there is no connection to the Internet"
    default: error.localizedDescription
    }
  }
}

/// The header of a 206 answer, `bytes 100-999/1000`.
struct ContentRange: Equatable {
  var start: Int
  /// nil when the server does not tell it.
  var total: Int?

  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
    let parts = words[1].split(separator: "/")
    guard parts.count == 2, let start = Int(parts[0].prefix { $0 != "-" }) else { return nil }
    self.start = start
    self.total = Int(parts[1])
  }
}
