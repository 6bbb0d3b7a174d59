import FileFormats
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Why a download did not arrive. What came so far stays in the `.part` file unless the case says otherwise.
public enum DownloadError: Error, Equatable, Sendable {
  /// The server answers, but not with the file.
  case refused(url: URL, status: Int)
  /// The last of several attempts failed.
  case brokenOff(url: URL, attempts: Int, receivedBytes: Int, expectedBytes: Int?, reason: String)
  /// No answer with the file has begun, though something came all the time. Other downloads of this process may have to wait for it.
  case endlessRedirection(url: URL)
  /// The server compresses the file though it was asked not to: neither lengths nor parts would mean anything.
  case encoded(url: URL, encoding: String)
  /// The server announces a file of another size, or of none that is a number.
  case otherLength(url: URL, announced: String, expectedBytes: Int?, contentType: String?)
  /// The server sends more than the file has. The `.part` file is removed.
  case tooLong(url: URL, expectedBytes: Int, contentType: String?)
  /// All bytes came, but they are others. The `.part` file is removed.
  case wrongHash(url: URL, expected: String, received: String, receivedBytes: Int, contentType: String?)
  /// What bears the name of the `.part` file was not made by a download of this user. It is left alone.
  case foreignPart(path: String, kind: String)
  /// Another process is writing the same `.part` file.
  case busy(path: String)
}

extension DownloadError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .refused(let url, let status):
      """
      \(url): the server answers \(status) (\(HTTPURLResponse.localizedString(forStatusCode: status))). Expected the \
      file; check the address, or name another source with --url.
      """
    case .brokenOff(let url, let attempts, let receivedBytes, let expectedBytes, let reason):
      """
      \(url): the download broke off \(attempts) times, the last time because \(reason); \(receivedBytes) of \
      \(expectedBytes.map(String.init) ?? "an unknown number of") bytes are here. Expected the whole file; run the \
      same command again to go on from there, or name another source with --url.
      """
    case .endlessRedirection(let url):
      """
      \(url): no answer with the file has begun in time; the server may lead elsewhere without an end. Try again, or \
      name another source with --url.
      """
    case .encoded(let url, let encoding):
      """
      \(url): the server sends the file compressed (Content-Encoding: \(encoding.printable())). Expected it as it is; \
      name another source with --url.
      """
    case .otherLength(let url, let announced, let expectedBytes, let contentType):
      """
      \(url): the server announces \(announced.printable()) bytes\(Self.kind(contentType)). Expected \
      \(expectedBytes.map { "\($0), the size of the file" } ?? "a number that is the size of a file"); nothing was \
      fetched. Name another source with --url.
      """
    case .tooLong(let url, let expectedBytes, let contentType):
      """
      \(url): the server sends more than the \(expectedBytes) bytes of the file\(Self.kind(contentType)). Expected \
      that very file; what came was removed. Name another source with --url.
      """
    case .wrongHash(let url, let expected, let received, let receivedBytes, let contentType):
      """
      \(url): the server sent another file of \(receivedBytes) bytes\(Self.kind(contentType)).
        expected SHA-256 \(expected)
        received SHA-256 \(received)
      What came was removed. Try again, or name another source with --url.
      """
    case .foreignPart(let path, let kind):
      """
      \(path): is \(kind). Expected a file of yours that an earlier download has left, or none; it is left as it is. \
      Remove it, or choose another output path.
      """
    case .busy(let path):
      "\(path): another process is downloading this file. Wait for it, or choose another output path."
    }
  }

  private static func kind(_ contentType: String?) -> String {
    contentType.map { ", of type \($0.printable())" } ?? ""
  }
}
