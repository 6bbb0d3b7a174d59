#if Server
  import FileFormats
  import Foundation
  import Inference
  import Serving
  import ServingTestSupport
  import Testing

  import BitNetServer

  /// Prompts and answers that go through a filter.
  @Suite struct ContentFilterTests {
    /// What the model writes when nobody filters: the tests hide parts of it.
    private static func answer(_ model: ServedModel, _ prompt: String) throws -> String {
      try Generation(
        prompt: model.runtime.startTokens(of: Array(prompt.utf8), model.tokenizer),
        session: InferenceSession(model.runtime, cache: .float16), tokenizer: model.tokenizer,
        options: GenerationOptions(maximumNewTokens: 60)
      ).run()
    }

    private static func body(_ prompt: String, _ rest: String = "") -> String {
      #"{"model": "small", "prompt": "\#(prompt)", "max_tokens": 60, "temperature": 0\#(rest)}"#
    }

    /// A pattern for some characters in the middle of a text.
    private static func pattern(of text: String) throws -> (pattern: String, before: String, behind: String) {
      let scalars = Array(text.unicodeScalars)
      for start in 5..<max(5, scalars.count - 8) {
        let part = scalars[start..<start + 3]
        guard part.allSatisfy({ $0.isASCII && $0.properties.isAlphabetic }) else { continue }
        func string(_ part: some Sequence<Unicode.Scalar>) -> String {
          var view = String.UnicodeScalarView()
          view.append(contentsOf: part)
          return String(view)
        }
        let pattern = string(part)
        // Its first place.
        guard let first = text.lowercased().range(of: pattern.lowercased()) else { continue }
        return (pattern, String(text[..<first.lowerBound]), String(text[first.upperBound...]))
      }
      throw FilterTestError()
    }

    private struct FilterTestError: Error {}

    private static func text(_ answer: HTTPAnswer) -> String {
      let events = answer.events.isEmpty ? [answer.json].compactMap { $0 } : answer.events
      return events.compactMap { $0["choices"]?.arrayValue?.first?["text"]?.stringValue }.joined()
    }

    private static func reasons(_ answer: HTTPAnswer) -> [String] {
      let events = answer.events.isEmpty ? [answer.json].compactMap { $0 } : answer.events
      return events.flatMap { $0["choices"]?.arrayValue ?? [] }.compactMap { $0["finish_reason"]?.stringValue }
    }

    @Test func answersAreFilteredWholeAndStreamed() async throws {
      let model = try SmallModel.make()
      let (prompt, whole, hidden) = try Self.answerWithAWord(model)
      for action in ["refuse", "replace"] {
        let filter = try PatternFilter(text: "\(action) \(hidden.pattern)", file: "filter")
        guard case let expected = filter.verdict(on: whole), expected != .allowed else {
          Issue.record("\(hidden.pattern) is not in \(whole)")
          return
        }
        try await RunningServer.with(model, change: { $0.contentFilter = filter }) { server in
          for isStreamed in [false, true] {
            let answer = try await server.ask(
              "POST", "/v1/completions", Self.body(prompt, isStreamed ? ", \"stream\": true" : ""))
            #expect(answer.status == 200)
            let text = Self.text(answer)
            switch expected {
            case .refused(let before):
              #expect(text == before && Self.reasons(answer) == ["content_filter"])
              #expect(isStreamed == answer.body.hasSuffix("data: [DONE]\n\n"))
            case .replaced(let replaced):
              #expect(
                text == replaced && Self.reasons(answer).count == 1 && !Self.reasons(answer).contains("content_filter"))
            case .allowed: break
            }
          }
          // The place of whoever was refused is free again.
          try await server.wait { $0.running == 0 && $0.waiting == 0 }
        }
      }
    }

    private static func answerWithAWord(
      _ model: ServedModel
    ) throws -> (prompt: String, text: String, hidden: (pattern: String, before: String, behind: String)) {
      for number in 0..<200 {
        let prompt = "question \(number)"
        let text = try answer(model, prompt)
        if let hidden = try? pattern(of: text), !hidden.before.isEmpty { return (prompt, text, hidden) }
      }
      throw FilterTestError()
    }

    @Test func promptsAreFilteredWhereverTheyStand() async throws {
      let filter = try PatternFilter(text: "refuse evil\nreplace secret", file: "filter")
      try await RunningServer.with(change: { $0.contentFilter = filter }) { server in
        let chat = "/v1/chat/completions"
        func messages(_ content: String, _ rest: String = "") -> String {
          #"{"model": "small", "messages": [{"role": "user", "content": \#(content)}], "max_tokens": 1\#(rest)}"#
        }
        let tokens = Array("evil".utf8).map { "\($0)" }.joined(separator: ",")
        for (path, body, param) in [
          (chat, messages(#""so EVIL""#), "messages"),
          (chat, messages(#"[{"type": "text", "text": "evil"}]"#), "messages"),
          (chat, messages(#"[{"type": "text", "text": "ev"}, {"type": "text", "text": "il"}]"#), "messages"),
          (chat, messages(#"[{"type": "text", "text": "a", "evil": 1}]"#), "messages"),
          (
            chat,
            #"{"model": "small", "messages": [{"role": "system", "content": "evil"}, {"role": "user", "content": "a"}]}"#,
            "messages"
          ),
          ("/v1/completions", Self.body("evil"), "prompt"),
          ("/v1/completions", #"{"model": "small", "prompt": ["a", "evil"]}"#, "prompt"),
          ("/v1/completions", #"{"model": "small", "prompt": [\#(tokens)]}"#, "prompt"),
          ("/v1/completions", #"{"model": "small", "prompt": [[97], [\#(tokens)]]}"#, "prompt"),
        ] {
          let answer = try await server.ask("POST", path, body)
          #expect(answer.status == 400 && answer.code == "content_filter", "\(body): \(answer.body)")
          #expect(answer.error?["param"]?.stringValue == param && !answer.body.lowercased().contains("evil"))
        }
        #expect(try await server.ask("POST", chat, messages(#""good""#)).status == 200)
        let echoed = try await server.ask(
          "POST", "/v1/completions", #"{"model": "small", "prompt": "a secret", "echo": true, "max_tokens": 0}"#)
        #expect(Self.text(echoed) == "a [removed]")
        let batch = #"{"requests": [{"body": \#(messages(#""evil""#))}]}"#
        let item = try await server.ask("POST", "/v1/batch", batch).json?["data"]?.arrayValue?.first?["response"]
        #expect(item?["body"]?["error"]?["code"] == "content_filter")
        // Tokens would tell what is hidden.
        let refused = try await server.ask("POST", chat, messages(#""a""#, #", "logprobs": true"#))
        #expect(refused.status == 400 && refused.error?["param"] == "logprobs")
      }
    }
  }
#endif
