#if Server
  import FileFormats
  import Foundation
  import Serving
  import ServingTestSupport
  import TestSupport
  import Testing

  import BitNetServer

  /// What clients and the service itself may not exceed.
  @Suite struct ServerLimitTests {
    private static func completion(_ prompt: String, tokens: Int) -> String {
      #"{"model": "small", "prompt": "\#(prompt)", "max_tokens": \#(tokens)}"#
    }

    @Test func tokensOfAMinuteAreCounted() async throws {
      let directory = try TemporaryDirectory()
      let keys = directory.url.appendingPathComponent("keys")
      let entries = [("alice", "- 40"), ("bob", "")].map { "\(SHA256.hexadecimal(of: $0)) \($0) \($1)" }
      try Data(entries.joined(separator: "\n").utf8).write(to: keys)
      try await RunningServer.with(change: {
        $0.keys = try KeyRing(file: keys.path)
        $0.tokensPerMinute = 1000
      }) { server in
        func ask(_ key: String, _ path: String, _ body: String) async throws -> HTTPAnswer {
          try await server.ask("POST", path, body, headers: ["X-Api-Key: \(key)"])
        }
        let path = "/v1/completions"
        #expect(try await ask("alice", path, Self.completion("abcdefghij", tokens: 25)).status == 200)
        let refused = try await ask("alice", path, Self.completion("abcdefghij", tokens: 1))
        #expect(
          refused.status == 429 && refused.code == "token_limit_exceeded" && refused.head.contains("retry-after: "))
        // No minute has room for that.
        let long = try await ask("alice", path, Self.completion(String(repeating: "a", count: 40), tokens: 1))
        #expect(long.status == 400 && long.code == "token_limit_exceeded" && long.error?["param"] == "prompt")
        let batch = #"{"requests": [{"url": "/v1/completions", "body": \#(Self.completion("abcdefghij", tokens: 1))}]}"#
        let item = try await ask("alice", "/v1/batch", batch).json?["data"]?.arrayValue?.first
        #expect(item?["response"]?["status_code"] == 429)
        #expect(try await ask("bob", path, Self.completion("abcdefghij", tokens: 30)).status == 200)
        #expect(try await ask("bob", path, Self.completion("abcdefghij", tokens: 30)).status == 200)
      }
    }

    #if os(Linux)
      @Test func aFullDiskStopsNoAnswer() async throws {
        try await RunningServer.with(change: { $0.audit = try AuditLog(path: "/dev/full") }) { server in
          for _ in 0..<3 {
            #expect(try await server.ask("POST", "/v1/completions", Self.completion("a", tokens: 3)).status == 200)
          }
          let total = try await server.ask("GET", "/v1/monitor/summary").json?["total"]
          #expect(total?["answers"] == 3 && total?["failures"] == 0)
        }
      }
    #endif

    @Test func bodiesAreBoundedInDepthAndSize() async throws {
      try await RunningServer.with(change: { $0.limits.bodyBytes = 10_000 }) { server in
        func nested(_ depth: Int) -> String {
          let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
          return #"{"model": "small", "prompt": "a", "max_tokens": 1, "metadata": \#(value)}"#
        }
        #expect(try await server.ask("POST", "/v1/completions", nested(50)).status == 200)
        let deep = try await server.ask("POST", "/v1/completions", nested(100))
        #expect(deep.status == 400 && deep.code == "invalid_json", "\(deep.body)")
        // Nobody says beforehand how long it is.
        let connection = try await RawConnection(port: server.port)
        let chunk = String(repeating: " ", count: 4096)
        try await connection.send(
          "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + String(repeating: "1000\r\n\(chunk)\r\n", count: 3))
        #expect(HTTPAnswer(try await connection.read(until: "request_too_large")).status == 413)
      }
    }

    @Test func theServerIsNotReadyWhileItDrains() async throws {
      let model = try SmallModel.make(positions: 30_000)
      let end = try #require(model.tokenizer.endOfSequenceTokenID)
      let server = try await RunningServer(model)
      #expect(try await server.ask("GET", "/health/ready").status == 200)
      let connection = try await RawConnection(port: server.port)
      let endless = #"{"model": "small", "prompt": "a", "max_tokens": 29000, "logit_bias": {"\#(end)": -100}}"#
      try await connection.send(RunningServer.request("POST", "/v1/completions", endless))
      try await server.wait { $0.running == 1 }
      async let stopped: Void = server.stop()
      for _ in 0..<500 where !server.engine.isClosing { try await Task.sleep(for: .milliseconds(5)) }
      let ready = try await server.ask("GET", "/health/ready")
      #expect(ready.status == 503 && ready.code == "shutting_down")
      #expect(try await server.ask("GET", "/health").status == 200)
      let refused = try await server.ask("POST", "/v1/completions", endless)
      #expect(refused.status == 503 && refused.head.contains("retry-after: "))
      connection.leave()
      try await stopped
    }
  }
#endif
