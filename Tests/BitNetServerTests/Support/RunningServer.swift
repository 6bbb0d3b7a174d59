#if Server
  import BitNetServer
  import FileFormats
  import Foundation
  import Serving
  import ServingTestSupport
  import TestSupport
  import Testing

  /// A server on a free port of this computer, until `stop`.
  struct RunningServer {
    let engine: Engine
    let port: Int
    private let server: HTTPServer
    private let running: Task<Void, any Error>

    init(
      _ model: ServedModel? = nil, _ engineConfiguration: EngineConfiguration = EngineConfiguration(),
      change: (inout ServerConfiguration) throws -> Void = { _ in }
    ) async throws {
      engine = Engine(try model ?? SmallModel.make(), configuration: engineConfiguration)
      var configuration = ServerConfiguration(modelName: "small")
      configuration.port = 0
      configuration.drainLimit = .seconds(3)
      try change(&configuration)
      let server = HTTPServer(engine, configuration: configuration)
      self.server = server
      let (addresses, continuation) = AsyncStream<String>.makeStream()
      running = Task {
        defer { continuation.finish() }
        try await server.run { continuation.yield($0) }
      }
      var iterator = addresses.makeAsyncIterator()
      let address = try #require(await iterator.next())
      port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
    }

    func stop() async throws {
      await server.shutDown()
      try await running.value
    }

    /// Runs `body` with a server that ends with it.
    static func with(
      _ model: ServedModel? = nil, _ engine: EngineConfiguration = EngineConfiguration(),
      change: (inout ServerConfiguration) throws -> Void = { _ in }, _ body: (RunningServer) async throws -> Void
    ) async throws {
      let server = try await RunningServer(model, engine, change: change)
      do { try await body(server) } catch {
        try await server.stop()
        throw error
      }
      try await server.stop()
    }

    static func request(
      _ method: String, _ path: String, _ body: String = "", type: String? = "application/json",
      headers: [String] = []
    ) -> String {
      var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close"] + headers
      if method == "POST" { lines.append("Content-Length: \(body.utf8.count)") }
      if let type, method == "POST" { lines.append("Content-Type: \(type)") }
      return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    func ask(
      _ method: String, _ path: String, _ body: String = "", type: String? = "application/json", headers: [String] = []
    ) async throws -> HTTPAnswer {
      try await ask(Self.request(method, path, body, type: type, headers: headers))
    }

    func ask(_ request: String) async throws -> HTTPAnswer {
      let connection = try await RawConnection(port: port)
      try await connection.send(request)
      return HTTPAnswer(try await connection.read())
    }

    /// Waits until the engine is as busy as that.
    func wait(_ condition: (EngineLoad) -> Bool) async throws {
      for _ in 0..<3000 where !condition(engine.load) { try await Task.sleep(for: .milliseconds(10)) }
      #expect(condition(engine.load), "\(engine.load)")
    }

    /// The counters, as soon as they are so.
    func metrics(when condition: ([String: Int]) -> Bool) async throws -> [String: Int] {
      var counters: [String: Int] = [:]
      for _ in 0..<300 {
        let lines = try await ask("GET", "/metrics").body.split(separator: "\n").map { $0.split(separator: " ") }
        counters = Dictionary(
          lines.compactMap { line in line.last.flatMap { Int($0) }.map { (String(line[0]), $0) } },
          uniquingKeysWith: { $1 })
        if condition(counters) { return counters }
        try await Task.sleep(for: .milliseconds(10))
      }
      Issue.record("\(counters)")
      return counters
    }
  }

  /// What came back.
  struct HTTPAnswer {
    let status: Int
    let head: String
    let body: String

    init(_ text: String) {
      let parts = text.components(separatedBy: "\r\n\r\n")
      head = parts[0].lowercased()
      status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      let rest = parts.dropFirst().joined(separator: "\r\n\r\n")
      body = head.contains("transfer-encoding: chunked") ? Self.withoutChunks(rest) : rest
    }

    private static func withoutChunks(_ text: String) -> String {
      var bytes = ArraySlice(text.utf8)
      var result: [UInt8] = []
      while let end = bytes.firstIndex(of: 13) {
        guard let count = Int(String(decoding: bytes[..<end], as: UTF8.self), radix: 16), count > 0 else { break }
        let start = end + 2
        result += bytes[start..<min(start + count, bytes.endIndex)]
        bytes = bytes[min(start + count + 2, bytes.endIndex)...]
      }
      return String(decoding: result, as: UTF8.self)
    }

    var json: JSONValue? { try? JSONParser.parse(body) }

    /// What an error says of the key that is wrong, and its code; nil where the body is not OpenAI's.
    var error: JSONValue? {
      guard let error = json?["error"], error.objectValue?.keys.sorted() == ["code", "message", "param", "type"] else {
        return nil
      }
      return error
    }

    var code: String? { error?["code"]?.stringValue }

    /// The events of a stream but the last, which says that it is done.
    var events: [JSONValue] {
      body.components(separatedBy: "\n\n").compactMap { line in
        line.hasPrefix("data: {") ? try? JSONParser.parse(String(line.dropFirst(6))) : nil
      }
    }
  }
#endif
