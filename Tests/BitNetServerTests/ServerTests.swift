#if Server
  import FileFormats
  import Foundation
  import Inference
  import Kernels
  import Serving
  import ServingTestSupport
  import TestSupport
  import Testing

  import BitNetServer

  /// A server and its clients on this computer.
  @Suite struct ServerTests {
    private static func chat(_ text: String, _ rest: String = "") -> String {
      #"{"model": "small", "messages": [{"role": "user", "content": "\#(text)"}], "max_tokens": 30, "seed": 5\#(rest)}"#
    }

    private func text(_ answer: HTTPAnswer) -> String? {
      answer.json?["choices"]?.arrayValue?.first?["message"]?["content"]?.stringValue
    }

    /// What the engine says when nobody else asks.
    private func alone(_ text: String, _ model: ServedModel) throws -> String {
      let prompt = try model.prompt(for: ChatRequest(messages: [.init(role: .user, content: text)]))
      let options = GenerationOptions(maximumNewTokens: 30, sampling: try SamplingOptions(temperature: 1, seed: 5))
      return try Generation(
        prompt: prompt.tokens, session: InferenceSession(model.runtime, cache: .float16), tokenizer: model.tokenizer,
        options: prompt.ending(options)
      ).run()
    }

    @Test func answersAreThoseOfTheEngineAloneUnderLoad() async throws {
      let model = try SmallModel.make()
      try await RunningServer.with(model) { server in
        try await withThrowingTaskGroup(of: (String, HTTPAnswer, Bool).self) { group in
          for number in 0..<12 {
            let (text, isStreamed) = ("question \(number % 5)", number.isMultiple(of: 2))
            group.addTask {
              (
                text,
                try await server.ask(
                  "POST", "/v1/chat/completions", Self.chat(text, isStreamed ? ", \"stream\": true" : "")), isStreamed
              )
            }
          }
          for try await (text, answer, isStreamed) in group {
            #expect(answer.status == 200)
            let deltas = answer.events.compactMap { $0["choices"]?.arrayValue?.first?["delta"] }
            let found = isStreamed ? deltas.compactMap { $0["content"]?.stringValue }.joined() : self.text(answer)
            #expect(try found == self.alone(text, model))
          }
        }
      }
    }

    @Test func streamsHaveTheFormThatClientsExpect() async throws {
      try await RunningServer.with { server in
        let rest =
          #", "stream": true, "stream_options": {"include_usage": true}, "logprobs": true, "top_logprobs": 2, "n": 2"#
        let answer = try await server.ask("POST", "/v1/chat/completions", Self.chat("a", rest))
        #expect(answer.head.contains("content-type: text/event-stream") && answer.body.hasSuffix("data: [DONE]\n\n"))
        let events = answer.events
        #expect(Set(events.compactMap { $0["id"]?.stringValue }).count == 1)
        #expect(events.first?["choices"]?.arrayValue?.first?["delta"]?["role"] == "assistant")
        #expect(events.last?["choices"] == [] && events.last?["usage"]?["completion_tokens"] != nil)
        #expect(events.dropLast().allSatisfy { $0["usage"] == .null })
        let choices = events.dropLast().compactMap { $0["choices"]?.arrayValue?.first }
        #expect(choices.filter { $0["finish_reason"] != .null }.count == 2)
        #expect(Set(choices.compactMap { $0["index"]?.integerValue }) == [0, 1])
        let tokens = choices.flatMap { $0["logprobs"]?["content"]?.arrayValue ?? [] }
        #expect(!tokens.isEmpty && tokens.allSatisfy { $0["top_logprobs"]?.arrayValue?.count == 2 })
      }
    }

    @Test func answersHaveTheFormatThatIsAskedFor() async throws {
      let schema =
        #"{"type": "object", "properties": {"z": {"enum": ["é", "b"]}, "a": {"type": "boolean"}}, "required": ["z", "a"]}"#
      let format = #", "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": \#(schema)}}"#
      try await RunningServer.with { server in
        let answer = try await server.ask("POST", "/v1/chat/completions", Self.chat("a", format))
        let text = try #require(self.text(answer))
        let value = try JSONParser.parse(text)
        #expect(value["z"] == "é" || value["z"] == "b")
        #expect(
          value["a"]?.booleanValue != nil && text.hasPrefix("{") && answer.body.contains(#""finish_reason":"stop""#))
        let stream = try await server.ask("POST", "/v1/chat/completions", Self.chat("a", format + #", "stream": true"#))
        let deltas = stream.events.compactMap { $0["choices"]?.arrayValue?.first?["delta"]?["content"]?.stringValue }
        #expect(deltas.joined() == text)
        let short = try await server.ask(
          "POST", "/v1/chat/completions",
          #"{"model": "small", "max_tokens": 3, "messages": [{"role": "user", "content": "a"}]\#(format)}"#)
        #expect(short.json?["choices"]?.arrayValue?.first?["finish_reason"] == "length")
        let batch = #"{"requests": [{"body": \#(Self.chat("a", format))}]}"#
        #expect(try await server.ask("POST", "/v1/batch", batch).body.contains(JSONValue.quoted(text)))
        let refused = try await server.ask(
          "POST", "/v1/chat/completions", Self.chat("a", format.replacing("boolean", with: "flag")))
        #expect(refused.status == 400)
        #expect(refused.error?["param"] == "response_format.json_schema.schema.properties.a.type")
      }
    }

    @Test func completionsHaveTheLegacyForm() async throws {
      try await RunningServer.with { server in
        let body =
          #"{"model": "small", "prompt": ["a", "bc"], "n": 2, "max_tokens": 4, "logprobs": 1, "temperature": 0}"#
        let answer = try await server.ask("POST", "/v1/completions", body)
        let choices = try #require(answer.json?["choices"]?.arrayValue)
        #expect(choices.map { $0["index"] } == [0, 1, 2, 3] && answer.json?["object"] == "text_completion")
        let lists = try #require(choices[0]["logprobs"])
        #expect(
          ["tokens", "token_logprobs", "top_logprobs", "text_offset"].allSatisfy { lists[$0]?.arrayValue != nil })
        // Of a stream, the parts' lists are those of the whole, one behind the other.
        let stream = try await server.ask("POST", "/v1/completions", body.dropLast() + #", "stream": true}"#)
        let parts = stream.events.compactMap { $0["choices"]?.arrayValue?.first }.filter { $0["index"] == 0 }
        for key in ["tokens", "text_offset"] {
          let joined = parts.flatMap { $0["logprobs"]?[key]?.arrayValue ?? [] }
          #expect(.array(joined) == lists[key] && joined.count > 1)
        }
        let echoed = try await server.ask(
          "POST", "/v1/completions", #"{"model": "small", "prompt": "xyz", "echo": true, "max_tokens": 0}"#)
        #expect(echoed.json?["choices"]?.arrayValue?.first?["text"] == "xyz")
      }
    }

    @Test func whatIsWrongIsToldInOpenAIsForm() async throws {
      try await RunningServer.with(change: { $0.limits.bodyBytes = 10_000 }) { server in
        let deep = String(repeating: "[", count: 5000)
        let long =
          #"{"model": "small", "messages": [{"role": "user", "content": "\#(String(repeating: "a", count: 400))"}]}"#
        let cases: [(method: String, path: String, body: String, type: String?, status: Int, code: String)] = [
          ("GET", "/nothing", "", nil, 404, "unknown_url"), ("GET", "/v1/models/gpt", "", nil, 404, "model_not_found"),
          ("GET", "/v1/chat/completions", "", nil, 405, "method_not_allowed"),
          ("POST", "/v1/models", "{}", "application/json", 405, "method_not_allowed"),
          ("POST", "/v1/chat/completions", "{}", "text/plain", 415, "unsupported_media_type"),
          ("POST", "/v1/chat/completions", "{}", nil, 415, "unsupported_media_type"),
          ("POST", "/v1/chat/completions", "{", "application/json", 400, "invalid_json"),
          ("POST", "/v1/chat/completions", deep, "application/json", 400, "invalid_json"),
          ("POST", "/v1/chat/completions", "[]", "application/json", 400, "invalid_type"),
          ("POST", "/v1/chat/completions", "{}", "application/json; charset=utf-8", 400, "missing_required_parameter"),
          (
            "POST", "/v1/chat/completions", String(repeating: " ", count: 10_001), "application/json", 413,
            "request_too_large"
          ),
          ("POST", "/v1/chat/completions", long, "application/json", 400, "context_length_exceeded"),
          ("POST", "/v1/chat/completions", Self.chat("a", ", \"n\": 9"), "application/json", 400, "invalid_value"),
          ("POST", "/v1/embeddings", "{}", "application/json", 501, "not_implemented"),
          ("POST", "/tokenize", #"{"content": 1}"#, "application/json", 400, "invalid_type"),
          ("POST", "/detokenize", #"{"tokens": [264]}"#, "application/json", 400, "invalid_type"),
        ]
        for (method, path, body, type, status, code) in cases {
          let answer = try await server.ask(method, path, body, type: type)
          #expect(answer.status == status && answer.code == code, "\(method) \(path): \(answer.status) \(answer.body)")
        }
        let exceeded = try await server.ask("POST", "/v1/chat/completions", long)
        #expect(exceeded.body.contains("160"))
        let flood = try await server.ask(
          "GET", "/health", headers: ["X-Flood: " + String(repeating: "a", count: 100_000)])
        #expect(flood.status == 431 || flood.status == 0)
        #expect(try await server.ask("GET", "/health").body == #"{"status":"ok"}"#)
      }
    }

    @Test func smallRoutes() async throws {
      try await RunningServer.with(change: { $0.hasLlamaMetrics = true }) { server in
        #expect(try await server.ask("GET", "/v1/models/small").json?["object"] == "model")
        #expect(try await server.ask("GET", "/health/generate").json?["status"] == "ok")
        let tokens = try await server.ask("POST", "/tokenize", #"{"content": "ab"}"#).body
        #expect(tokens == #"{"tokens":[97,98]}"#)
        #expect(try await server.ask("POST", "/detokenize", tokens).body == #"{"content":"ab"}"#)
        #expect(try await server.ask("POST", "/v1/chat/completions", Self.chat("a")).status == 200)
        let metrics = try await server.ask("GET", "/metrics").body
        #expect(metrics.contains("bitnet:requests_total{route=\"/v1/chat/completions\",status=\"200\"} 1\n"))
        #expect(metrics.contains("llamacpp:tokens_predicted_total") && metrics.contains("_bucket{le=\"+Inf\"} 1\n"))
        let page = try await server.ask("GET", "/")
        #expect(page.body.contains("<title>bitnet</title>") && page.head.contains("content-security-policy"))
      }
    }

    @Test func batchesKeepIdsAndTellErrorsOneByOne() async throws {
      let model = try SmallModel.make()
      try await RunningServer.with(model) { server in
        let items = (0..<12).map { #"{"custom_id": "id \#($0)", "body": \#(Self.chat("question \($0)"))}"# }
        let wrong = #"{"url": "/v1/completions", "body": {"model": "small"}}"#
        let answer = try await server.ask(
          "POST", "/v1/batch", #"{"requests": [\#((items + [wrong]).joined(separator: ","))]}"#)
        let data = try #require(answer.json?["data"]?.arrayValue)
        #expect(data.map { $0["custom_id"]?.stringValue } == (0..<12).map { "id \($0)" } + ["req_12"])
        for (number, item) in data.dropLast().enumerated() {
          let choice = item["response"]?["body"]?["choices"]?.arrayValue?.first
          #expect(try choice?["message"]?["content"]?.stringValue == alone("question \(number)", model))
        }
        #expect(data.last?["response"]?["status_code"] == 400)
        #expect(try await server.ask("POST", "/v1/batch", #"{"requests": [1]}"#).status == 400)
      }
    }

    @Test func theMonitorIsExportedUnderLoad() async throws {
      try await RunningServer.with { server in
        try await withThrowingTaskGroup(of: HTTPAnswer.self) { group in
          for number in 0..<8 {
            group.addTask { try await server.ask("POST", "/v1/chat/completions", Self.chat("\(number)")) }
            group.addTask { try await server.ask("GET", "/v1/monitor/export?hours=1") }
          }
          for try await answer in group { #expect(answer.status == 200) }
        }
        let total = try await server.ask("GET", "/v1/monitor/summary?hours=0.5").json?["total"]
        #expect(total?["answers"] == 8 && total?["failures"] == 0)
        #expect(try await server.ask("GET", "/v1/monitor/alerts").json?["active"]?.arrayValue != nil)
        #expect(try await server.ask("GET", "/v1/monitor/summary?hours=99").status == 400)
      }
    }

    /// One slot and answers that do not end by themselves: who leaves makes room, and nobody else ends.
    /// The counter of requests whose clients have left.
    private static let left = #"bitnet:requests_total{route="/v1/completions",status="499"}"#

    @Test func whoLeavesCancelsHisOwnRequest() async throws {
      let model = try SmallModel.make(positions: 30_000)
      let end = try #require(model.tokenizer.endOfSequenceTokenID)
      let endless =
        #"{"model": "small", "prompt": "a", "max_tokens": 29000, "logit_bias": {"\#(end)": -100}, "stream": "#
      var configuration = EngineConfiguration()
      configuration.slots = 1
      try await RunningServer.with(model, configuration) { server in
        func begin(_ isStreamed: Bool) async throws -> RawConnection {
          let connection = try await RawConnection(port: server.port)
          try await connection.send(RunningServer.request("POST", "/v1/completions", endless + "\(isStreamed)}"))
          return connection
        }
        let running = try await begin(true)
        _ = try await running.read(until: "data: ")
        for isStreamed in [true, false] {
          let waiting = try await begin(isStreamed)
          try await server.wait { $0.waiting == 1 }
          waiting.leave()
          try await server.wait { $0.waiting == 0 && $0.running == 1 }
        }
        let next = try await begin(false)
        try await server.wait { $0.waiting == 1 }
        running.leave()
        try await server.wait { $0.waiting == 0 && $0.running == 1 }
        next.leave()
        try await server.wait { $0.running == 0 }
        // What was computed for them counts, although none of them had an answer.
        let counted = try await server.metrics { $0[Self.left] == 4 }
        #expect(counted["bitnet:generation_tokens_total"] ?? 0 > 0)
      }
    }

    @Test(arguments: [true, false])
    func whoLeavesWhileThePromptIsReadCancelsIt(isStreamed: Bool) async throws {
      let model = try SmallModel.make(positions: 30_000)
      let prompt = String(repeating: "ab ", count: 8_000)
      try await RunningServer.with(model) { server in
        let connection = try await RawConnection(port: server.port)
        try await connection.send(
          RunningServer.request(
            "POST", "/v1/completions",
            #"{"model": "small", "prompt": "\#(prompt)", "max_tokens": 4000, "stream": \#(isStreamed)}"#))
        try await server.wait { $0.running == 1 }
        connection.leave()
        try await server.wait { $0.running == 0 }
        let counted = try await server.metrics { $0[Self.left] == 1 }
        #expect(counted["bitnet:generation_tokens_total"] == 0)
        // The engine goes on with others.
        let next = try await server.ask(
          "POST", "/v1/completions", #"{"model": "small", "prompt": "a", "max_tokens": 2}"#)
        #expect(next.status == 200)
      }
    }

    @Test func queuesHaveAnEnd() async throws {
      let model = try SmallModel.make(positions: 30_000)
      let end = try #require(model.tokenizer.endOfSequenceTokenID)
      let endless = #"{"model": "small", "prompt": "a", "max_tokens": 29000, "logit_bias": {"\#(end)": -100}}"#
      var configuration = EngineConfiguration()
      (configuration.slots, configuration.queueLimit) = (1, 1)
      try await RunningServer.with(model, configuration, change: { $0.drainLimit = .milliseconds(300) }) { server in
        var connections: [RawConnection] = []
        for (running, waiting) in [(1, 0), (1, 1)] {
          let connection = try await RawConnection(port: server.port)
          try await connection.send(RunningServer.request("POST", "/v1/completions", endless))
          connections.append(connection)
          try await server.wait { $0.running == running && $0.waiting == waiting }
        }
        let refused = try await server.ask("POST", "/v1/completions", endless)
        #expect(refused.status == 429 && refused.code == "queue_full" && refused.head.contains("retry-after: "))
        // Those who are answered when the server ends, and take too long, learn why.
        async let answer = connections[0].read()
        try await server.stop()
        #expect(HTTPAnswer(try await answer).code == "shutting_down")
      }
    }

    @Test func endingLetsAnswersComeToTheirEnds() async throws {
      let model = try SmallModel.make(positions: 2000)
      let end = try #require(model.tokenizer.endOfSequenceTokenID)
      let server = try await RunningServer(model)
      let connection = try await RawConnection(port: server.port)
      let long =
        #"{"model": "small", "prompt": "a", "max_tokens": 400, "logit_bias": {"\#(end)": -100}, "stream": true}"#
      try await connection.send(RunningServer.request("POST", "/v1/completions", long))
      // One who never sends his request is not waited for.
      let held = try await RawConnection(port: server.port)
      try await held.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n")
      let beginning = try await connection.read(until: "data: {")
      try await server.stop()
      let answer = HTTPAnswer(beginning + (try await connection.read()))
      #expect(answer.body.hasSuffix("data: [DONE]\n\n") && answer.events.last?["choices"] != nil)
    }

    @Test(arguments: [
      (
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "v", count: 40_000))\r\n\r\n", 431,
        "headers_too_large"
      ),
      ("GET / HTTP/1.1\r\n" + String(repeating: "X: v\r\n", count: 200) + "\r\n", 431, "headers_too_large"),
      ("XX / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "invalid_http"), ("no request\r\n\r\n", 400, "invalid_http"),
      ("POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400, "invalid_http"),
      (
        "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        400, "invalid_http"
      ),
    ])
    func whatIsNoHTTPIsToldInOpenAIsFormOnce(request: String, status: Int, code: String) async throws {
      try await RunningServer.with { server in
        let answer = try await server.ask(request)
        #expect(answer.status == status && answer.code == code, "\(answer.head) \(answer.body)")
      }
    }

    @Test func whoDoesNotReadIsLeft() async throws {
      try await RunningServer.with(change: { $0.arrivalLimit = .seconds(1) }) { server in
        let deaf = try await RawConnection(port: server.port)
        let requests = String(repeating: "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 400)
        try await deaf.send(requests)
        try await Task.sleep(for: .seconds(3))
        // 400 answers have 16 MB; what the sockets hold comes, and then the end.
        #expect(try await deaf.read().utf8.count < 14 << 20)
      }
    }

    @Test func eachRequestOfABatchCounts() async throws {
      try await RunningServer.with(change: { $0.requestsPerMinute = 3 }) { server in
        let one = #"{"body": {"model": "small", "messages": [{"role": "user", "content": "a"}], "max_tokens": 1}}"#
        let answer = try await server.ask(
          "POST", "/v1/batch", #"{"requests": [\#([one, one, one, one, one].joined(separator: ","))]}"#)
        let codes = answer.json?["data"]?.arrayValue?.compactMap { $0["response"]?["status_code"]?.integerValue }
        #expect(codes?.filter { $0 == 200 }.count == 3 && codes?.filter { $0 == 429 }.count == 2, "\(answer.body)")
      }
    }

    @Test func slowRequestsEnd() async throws {
      try await RunningServer.with(change: { $0.arrivalLimit = .milliseconds(300) }) { server in
        let slow = try await RawConnection(port: server.port)
        try await slow.send(
          "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        #expect(HTTPAnswer(try await slow.read()).code == "request_timeout")
        let headless = try await RawConnection(port: server.port)
        try await headless.send("GET /health HTTP/1.1\r\nHost: loc")
        #expect(try await headless.read() == "")
      }
    }

    @Test func keysAndRatesAreChecked() async throws {
      let directory = try TemporaryDirectory()
      let (keys, log) = (directory.url.appendingPathComponent("keys"), directory.url.appendingPathComponent("log"))
      try Data("\(SHA256.hexadecimal(of: "secret")) alice 2\n".utf8).write(to: keys)
      try await RunningServer.with(change: {
        $0.keys = try KeyRing(file: keys.path)
        $0.audit = try AuditLog(path: log.path)
      }) { server in
        let body = Self.chat("a")
        #expect(try await server.ask("GET", "/v1/models").status == 200)
        #expect(try await server.ask("GET", "/metrics").code == "missing_api_key")
        #expect(try await server.ask("POST", "/v1/chat/completions", body).status == 401)
        let wrong = try await server.ask("POST", "/v1/chat/completions", body, headers: ["Authorization: Bearer x"])
        #expect(wrong.code == "invalid_api_key" && wrong.head.contains("www-authenticate: bearer"))
        for header in ["Authorization: Bearer secret", "X-Api-Key: secret"] {
          #expect(try await server.ask("POST", "/v1/chat/completions", body, headers: [header]).status == 200)
        }
        let third = try await server.ask("POST", "/v1/chat/completions", body, headers: ["X-Api-Key: secret"])
        #expect(third.status == 429 && third.code == "rate_limit_exceeded" && third.head.contains("retry-after: "))
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map {
          try JSONParser.parse(String($0))
        }
        #expect(lines.map { $0["status"] } == [200, 401, 401, 401, 200, 200, 429])
        #expect(lines[4]["client"] == "key:alice" && lines[6]["error"] == "rate_limit_exceeded")
      }
    }

    @Test func namesOfOtherHostsAreRefused() async throws {
      try await RunningServer.with { server in
        for (host, status) in [
          ("evil.example", 403), ("127.evil.example:80", 403), ("127.0.0.1.evil.example", 403), ("127.0.0.9:1", 200),
          ("LOCALHOST:8080", 200), ("[::1]:8080", 200),
        ] {
          let answer = try await server.ask("GET /v1/models HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
          #expect(answer.status == status && (status == 200 || answer.code == "wrong_host"), "\(host)")
        }
      }
    }

    /// Every array has a hundred readings, which multiply with every bracket.
    @Test func aFormatOfTooManyReadingsFailsItsOwnRequest() async throws {
      let array = ##"{"type": "array", "items": {"$ref": "#"}}"##
      let schema = "{\"anyOf\": [\((0..<100).map { _ in array }.joined(separator: ","))]}"
      try await RunningServer.with { server in
        let format =
          ", \"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"a\", \"schema\": \(schema)}}"
        let answer = try await server.ask("POST", "/v1/chat/completions", Self.chat("hi", format))
        #expect(answer.status == 200 || answer.code == "format_too_ambiguous", "\(answer.body)")
        #expect(try await server.ask("POST", "/v1/chat/completions", Self.chat("hi")).status == 200)
      }
    }

    @Test func morePromptsThanMayWaitAreRefusedForGood() async throws {
      var configuration = EngineConfiguration()
      configuration.queueLimit = 2
      try await RunningServer.with(nil, configuration) { server in
        func ask(_ prompts: String) async throws -> HTTPAnswer {
          try await server.ask(
            "POST", "/v1/completions", #"{"model": "small", "max_tokens": 2, "prompt": \#(prompts)}"#)
        }
        #expect(try await ask(#"["a", "b"]"#).status == 200)
        let refused = try await ask(#"["a", "b", "c"]"#)
        #expect(refused.status == 400 && refused.body.contains("3 texts, and 2"), "\(refused.body)")
      }
    }

    @Test func othersNeedAKey() throws {
      var configuration = ServerConfiguration(modelName: "small")
      configuration.host = "0.0.0.0"
      #expect(throws: ServerConfigurationError.anonymous(host: "0.0.0.0")) { try configuration.requireSafe() }
      configuration.tls = .init(certificate: "a", key: "b")
      #expect(throws: ServerConfigurationError.self) { try configuration.requireSafe() }
      configuration.tls = .init(certificate: "a", key: "b", clientAuthority: "c")
      try configuration.requireSafe()
      configuration.tls = nil
      configuration.allowsAnonymous = true
      try configuration.requireSafe()
    }
  }
#endif
