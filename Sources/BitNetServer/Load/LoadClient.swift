#if Server
  import FileFormats
  import HTTPTypes
  import NIOCore
  import NIOHTTP1
  import NIOHTTPTypes
  import NIOHTTPTypesHTTP1
  import NIOPosix

  /// When what came of one answer.
  struct LoadSample: Sendable {
    let start: ContinuousClock.Instant
    let end: ContinuousClock.Instant
    /// Of the events with text.
    let texts: [ContinuousClock.Instant]
    let tokens: Int
  }

  /// One connection, over which one request follows the other.
  struct LoadClient: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPResponsePart, HTTPRequestPart>

    let plan: LoadPlan
    let clients: Int
    let number: Int

    /// - Throws: `LoadError` for anything but a whole stream.
    func run() async throws -> [LoadSample] {
      let connection = try await connect()
      return try await connection.executeThenClose { answers, requests in
        var samples: [LoadSample] = []
        var iterator = answers.makeAsyncIterator()
        for index in 0..<plan.requestsOfEach {
          let start = ContinuousClock.now
          for part in parts(ofRequest: index) { try await requests.write(part) }
          var answer = AnswerInParts()
          while let part = try await iterator.next(), answer.takes(part) {}
          samples.append(try answer.sample(since: start))
        }
        return samples
      }
    }

    private func connect() async throws -> Connection {
      try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .connect(host: plan.host, port: plan.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPClientCodec())
            return try Connection(wrappingChannelSynchronously: channel)
          }
        }
    }

    private func parts(ofRequest number: Int) -> [HTTPRequestPart] {
      let body = ByteBuffer(string: plan.body(clients: clients, client: self.number, request: number))
      let head = HTTPRequest(
        method: .post, scheme: "http", authority: "\(plan.host):\(plan.port)", path: Route.completions.rawValue,
        headerFields: [.contentType: "application/json", .contentLength: "\(body.readableBytes)"])
      return [.head(head), .body(body), .end(nil)]
    }
  }

  /// Reads the events of a stream only when it has ended, so that they take no time from who sends them.
  private struct AnswerInParts {
    private var status = 0
    private var bytes: [UInt8] = []
    /// Where an event ends, and when it came.
    private var ends: [(byte: Int, time: ContinuousClock.Instant)] = []
    private var isWhole = false

    /// - Returns: whether more is to come.
    mutating func takes(_ part: HTTPResponsePart) -> Bool {
      switch part {
      case .head(let head): status = head.status.code
      case .body(let buffer):
        bytes += buffer.readableBytesView
        ends.append((bytes.count, .now))
      case .end: isWhole = true
      }
      return !isWhole
    }

    func sample(since start: ContinuousClock.Instant) throws -> LoadSample {
      guard status == 200, isWhole, let last = ends.last else {
        throw LoadError.refused(status: status, answer: String(decoding: bytes.prefix(300), as: UTF8.self).printable())
      }
      var texts: [ContinuousClock.Instant] = []
      var tokens: Int?
      var first = 0
      for end in ends where bytes[..<end.byte].suffix(2) == [10, 10] {
        for event in String(decoding: bytes[first..<end.byte], as: UTF8.self).split(separator: "\n\n") {
          guard let json = try? JSONParser.parse(String(event.dropFirst("data: ".count))) else { continue }
          if json["error"] != nil { throw LoadError.refused(status: status, answer: event.prefix(300).printable()) }
          if let text = json["choices"]?.arrayValue?.first?["text"]?.stringValue, !text.isEmpty {
            texts.append(end.time)
          }
          tokens = json["usage"]?["completion_tokens"]?.integerValue ?? tokens
        }
        first = end.byte
      }
      guard let tokens else { throw LoadError.noCounts }
      return LoadSample(start: start, end: last.time, texts: texts, tokens: tokens)
    }
  }

  /// Why a measurement ended.
  public enum LoadError: Error, Equatable, Sendable, CustomStringConvertible {
    case refused(status: Int, answer: String)
    case noCounts

    public var description: String {
      switch self {
      case .refused(let status, let answer):
        "the server did not answer a request as a whole: status \(status), \(answer.isEmpty ? "no body" : answer)"
      case .noCounts:
        "the server told no counts of tokens, expected \"usage\" in the last event of a stream with include_usage"
      }
    }
  }
#endif
