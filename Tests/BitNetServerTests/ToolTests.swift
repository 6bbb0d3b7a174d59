#if Server
  import FileFormats
  import Foundation
  import Inference
  import Serving
  import ServingTestSupport
  import Templates
  import Testing
  import Tokenization

  import BitNetServer

  /// Templates of published models, which lie beside the project where they are at hand.
  private enum PublishedTemplate {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../shared/data/chat-templates").standardized
    static let areThere = FileManager.default.fileExists(atPath: folder.path)

    static func text(_ name: String) throws -> String {
      try String(contentsOf: folder.appending(path: name + ".jinja"), encoding: .utf8)
    }
  }

  /// Tools, with templates of published models and a model that knows nothing of them.
  @Suite(.enabled(if: PublishedTemplate.areThere, "needs the published templates in ../shared/data/chat-templates"))
  struct ToolTests {
    private static let tools = #"""
      "tools": [{"type": "function", "function": {"name": "weather", "description": "how it is", "parameters":
        {"type": "object", "properties": {"when": {"enum": ["now", "soon"]}, "at": {"type": "boolean"}}, "required": ["when"]}}}]
      """#

    private static func model(_ name: String) throws -> ServedModel {
      let text = try PublishedTemplate.text(name)
      let template = try ChatTemplate(jinja: text, name: name, variables: ["bos_token": "", "eos_token": "<|im_end|>"])
      let small = try SmallModel.make(positions: 4096)
      return ServedModel(
        runtime: small.runtime, tokenizer: small.tokenizer, chatTemplate: template, fingerprint: small.fingerprint)
    }

    private static func plan(_ rest: String, _ model: ServedModel, messages: String? = nil) throws -> AnswerPlan {
      let setting = RequestSetting(
        model: model, modelName: "small", aliases: [], contextLimit: 4096, limits: RequestLimits(), client: "")
      let messages = messages ?? #"{"role": "user", "content": "a"}"#
      return try AnswerPlan.chat(
        JSONDocument(#"{"model": "small", "messages": [\#(messages)], \#(rest)}"#), setting)
    }

    private func param(_ body: () throws -> AnswerPlan) -> String? {
      do { _ = try body() } catch {
        let told = APIError(error)
        #expect(told.status == 400, "\(told)")
        return told.param
      }
      return nil
    }

    @Test(arguments: ["Qwen-Qwen2.5-7B-Instruct", "meta-llama-Llama-3.1-8B-Instruct"])
    func toolsAreWrittenInTheOrderOfTheRequest(name: String) throws {
      let model = try Self.model(name)
      let plan = try Self.plan(Self.tools, model)
      let text = String(decoding: try model.tokenizer.decode(plan.requests[0].prompt), as: UTF8.self)
      let places = try ["weather", "how it is", "when", "soon", "\"at\""].map {
        try #require(text.firstRange(of: $0)).lowerBound
      }
      #expect(places == places.sorted() && plan.toolCalls != nil)
      let without = try Self.plan(Self.tools + #", "tool_choice": "none""#, model)
      #expect(without.toolCalls == nil)
      #expect(
        try !String(decoding: model.tokenizer.decode(without.requests[0].prompt), as: UTF8.self).contains("weather"))
    }

    @Test func callsAndResultsAreWrittenAsTheTemplateHasThem() throws {
      let model = try Self.model("Qwen-Qwen2.5-7B-Instruct")
      let messages = #"""
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function",
          "function": {"name": "weather", "arguments": "{\"when\": \"now\", \"at\": true}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "rain"}
        """#
      let plan = try Self.plan(Self.tools, model, messages: messages)
      let text = String(decoding: try model.tokenizer.decode(plan.requests[0].prompt), as: UTF8.self)
      #expect(
        text.contains(
          "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"when\": \"now\", \"at\": true}}\n</tool_call>"))
      #expect(text.contains("<tool_response>\nrain\n</tool_response>"))
      for (call, place) in [
        ("1", ""), (#"{"id": "c"}"#, ".function.name"), (#"{"function": {"name": "f", "arguments": "{}"}}"#, ".id"),
        (#"{"id": "c", "function": {"name": "f", "arguments": "no"}}"#, ".function.arguments"),
        (#"{"id": "c", "type": "x", "function": {"name": "f", "arguments": "{}"}}"#, ".type"),
      ] {
        let message = #"{"role": "assistant", "content": null, "tool_calls": [\#(call)]}"#
        #expect(
          param { try Self.plan(Self.tools, model, messages: message) } == "messages[0].tool_calls[0]\(place)",
          "\(call)")
      }
      #expect(
        param { try Self.plan(Self.tools, model, messages: #"{"role": "tool", "content": "r"}"#) }
          == "messages[0].tool_call_id")
    }

    @Test func whatCannotBeDoneIsRefusedByName() throws {
      let model = try Self.model("Qwen-Qwen2.5-7B-Instruct")
      for (rest, place) in [
        (#""tools": [1]"#, "tools[0]"), (#""tools": [{"type": "web_search"}]"#, "tools[0].type"),
        (#""tools": [{"type": "function"}]"#, "tools[0].function"),
        (#""tools": [{"type": "function", "function": {"name": "a b"}}]"#, "tools[0].function.name"),
        (
          #""tools": [{"type": "function", "function": {"name": "a", "parameters": 1}}]"#,
          "tools[0].function.parameters"
        ),
        (Self.tools + #", "tool_choice": "always""#, "tool_choice"), (#""tool_choice": "required""#, "tool_choice"),
        (Self.tools + #", "tool_choice": {"type": "function", "function": {"name": "x"}}"#, "tool_choice"),
        (Self.tools + #", "response_format": {"type": "json_object"}"#, "response_format"),
        (
          #""tool_choice": "required", "tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "object", "not": {}}}}]"#,
          "tools[0].function.parameters.not"
        ),
        (
          #""tool_choice": "required", "tools": [{"type": "function", "function": {"name": "a", "parameters": {"type": "string"}}}]"#,
          "tools[0].function.parameters.type"
        ),
        (
          #""tools": [{"type": "function", "function": {"name": "a", "strict": true}}]"#, "tools[0].function.strict"
        ),
        (#""tools": [{"type": "function", "function": {"name": "a", "strict": 1}}]"#, "tools[0].function.strict"),
        (
          Self.tools + #", "tool_choice": {"type": "function", "function": {"name": "weather"}, "x": 1}"#, "tool_choice"
        ),
      ] { #expect(param { try Self.plan(rest, model) } == place, "\(rest)") }
      for name in ["microsoft-Phi-3.5-mini-instruct", "Qwen3-Coder"] {
        let model = try Self.model(name)
        do {
          _ = try Self.plan(Self.tools, model)
          Issue.record("\(name) gets tools")
        } catch let error as APIError {
          #expect(error.param == "tools" && error.message.contains(name))
        }
      }
    }

    @Test(arguments: ["Qwen-Qwen2.5-7B-Instruct", "meta-llama-Llama-3.1-8B-Instruct"])
    func callsThatMustBeMadeAreAnswers(name: String) async throws {
      try await RunningServer.with(try Self.model(name)) { server in
        let request = #"""
          {"model": "small", "messages": [{"role": "user", "content": "a"}], "seed": 3, \#(Self.tools),
           "tool_choice": "required", "max_tokens": 200, "logprobs": true
          """#
        let answer = try await server.ask("POST", "/v1/chat/completions", request + "}")
        let choice = try #require(answer.json?["choices"]?.arrayValue?.first)
        #expect(choice["finish_reason"] == "tool_calls" && choice["message"]?["content"] == .null)
        let call = try #require(choice["message"]?["tool_calls"]?.arrayValue?.first)
        #expect(call["id"]?.stringValue?.hasPrefix("call_") == true && call["type"] == "function")
        #expect(call["function"]?["name"] == "weather")
        let arguments = try JSONParser.parse(#require(call["function"]?["arguments"]?.stringValue))
        #expect(arguments["when"] == "now" || arguments["when"] == "soon")
        let stream = try await server.ask("POST", "/v1/chat/completions", request + #", "stream": true}"#)
        let choices = stream.events.compactMap { $0["choices"]?.arrayValue?.first }
        let calls = choices.flatMap { $0["delta"]?["tool_calls"]?.arrayValue ?? [] }
        #expect(calls.count == 1 && calls[0]["index"] == 0 && calls[0]["function"] == call["function"])
        #expect(choices.allSatisfy { ["", nil].contains($0["delta"]?["content"]?.stringValue) })
        #expect(choices.last?["finish_reason"] == "tool_calls")
        let tokens = choices.flatMap { $0["logprobs"]?["content"]?.arrayValue ?? [] }
        #expect(tokens.count == choice["logprobs"]?["content"]?.arrayValue?.count)
      }
    }

    @Test func answersThatCallNothingAreTexts() async throws {
      let model = try Self.model("Qwen-Qwen2.5-7B-Instruct")
      try await RunningServer.with(model) { server in
        let request =
          #"{"model": "small", "messages": [{"role": "user", "content": "a"}], "seed": 3, "max_tokens": 20, \#(Self.tools)}"#
        let answer = try await server.ask("POST", "/v1/chat/completions", request)
        let message = try #require(answer.json?["choices"]?.arrayValue?.first?["message"])
        #expect(message["tool_calls"] == nil && message["content"]?.stringValue?.isEmpty == false)
      }
    }
  }
#endif
