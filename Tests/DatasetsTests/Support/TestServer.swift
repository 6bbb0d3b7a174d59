import Foundation
import Synchronization

/// A small HTTP/1.1 server on 127.0.0.1 that answers as a script says, well or badly. One connection per request.
final class TestServer: Sendable {
  /// What a client asked for.
  struct Request: Equatable {
    /// First byte asked for with `Range`.
    var rangeStart: Int?
    var ifRange: String?
    var acceptEncoding: String?
  }

  struct Answer {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// The `Content-Length` told, if not the true one; -1: none.
    var announcedLength: Int?
    /// Breaks the connection off after so many bytes of the body.
    var breaksOffAfter: Int?
    /// Says nothing more for so long after `breaksOffAfter` bytes, then breaks off.
    var hangs: Duration?
    /// Sends the body again and again until the client goes away.
    var isEndless = false
  }

  private let listener: Int32
  let port: UInt16
  private let script: @Sendable (Request, _ number: Int) -> Answer
  private let received = Mutex<[Request]>([])

  var requests: [Request] { received.withLock { $0 } }
  var url: URL { url("file.bin") }
  func url(_ name: String) -> URL { URL(string: "http://127.0.0.1:\(port)/\(name)")! }

  /// - Parameter script: gives the answer to each request; `number` counts from 0.
  init(script: @escaping @Sendable (Request, _ number: Int) -> Answer) throws {
    // libcurl would not speak to the server through a proxy of the environment.
    setenv("no_proxy", "127.0.0.1", 1)
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    port = UInt16(bigEndian: address.sin_port)
    self.script = script
    let thread = Thread { [weak self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else {
          if errno == EINTR { continue }
          close(listener)
          return
        }
        guard let self else {
          close(connection)
          return
        }
        Thread { self.serve(connection) }.start()
      }
    }
    thread.start()
  }

  /// Ends `accept`. Only the thread that waits there may close the socket: its number would be given to another
  /// server's at once, and the thread would take that server's connections.
  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    guard let request = readRequest(connection) else { return }
    let number = received.withLock { requests in
      requests.append(request)
      return requests.count - 1
    }
    let answer = script(request, number)
    var head = "HTTP/1.1 \(answer.status) Status\r\nConnection: close\r\n"
    let length = answer.announcedLength ?? answer.body.count
    if length >= 0 { head += "Content-Length: \(length)\r\n" }
    for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
    send(Array((head + "\r\n").utf8), to: connection)
    repeat {
      guard send(Array(answer.body.prefix(answer.breaksOffAfter ?? .max)), to: connection) else { return }
    } while answer.isEndless
    if let pause = answer.hangs {
      Thread.sleep(forTimeInterval: Double(pause.components.seconds) + Double(pause.components.attoseconds) * 1e-18)
    }
  }

  /// - Returns: whether the client took everything.
  @discardableResult
  private func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Foundation.send(connection, $0.baseAddress, $0.count, Self.noSignal) }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  private func readRequest(_ connection: Int32) -> Request? {
    var head: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !String(decoding: head, as: UTF8.self).contains("\r\n\r\n") {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      head += buffer[..<count]
    }
    var request = Request()
    for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n") {
      let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2 else { continue }
      switch parts[0].lowercased() {
      case "range": request.rangeStart = Int(parts[1].dropFirst("bytes=".count).prefix { $0 != "-" })
      case "if-range": request.ifRange = parts[1]
      case "accept-encoding": request.acceptEncoding = parts[1]
      default: break
      }
    }
    return request
  }

  #if canImport(Glibc)
    private static let noSignal = Int32(MSG_NOSIGNAL)
  #else
    private static let noSignal: Int32 = 0
  #endif
}

extension TestServer.Answer {
  /// The whole file.
  static func file(_ body: [UInt8], etag: String? = nil) -> Self {
    Self(headers: etag.map { ["ETag": $0] } ?? [:], body: body)
  }

  /// The part asked for, or the whole when none is or `If-Range` names another version.
  static func part(
    of body: [UInt8], _ request: TestServer.Request, etag: String? = nil
  ) -> Self {
    guard let start = request.rangeStart, request.ifRange == nil || request.ifRange == etag else {
      return file(body, etag: etag)
    }
    guard start < body.count else { return Self(status: 416) }
    var answer = file(Array(body[start...]), etag: etag)
    answer.status = 206
    answer.headers["Content-Range"] = "bytes \(start)-\(body.count - 1)/\(body.count)"
    return answer
  }

  func breakingOff(after count: Int, hanging: Duration? = nil) -> Self {
    var copy = self
    copy.breaksOffAfter = count
    copy.hangs = hanging
    return copy
  }

  func announcing(_ length: Int) -> Self {
    var copy = self
    copy.announcedLength = length
    return copy
  }
}
