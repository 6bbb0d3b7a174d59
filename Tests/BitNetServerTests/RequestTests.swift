#if Server
  import FileFormats
  import Serving
  import ServingTestSupport
  import Testing

  import BitNetServer

  /// What requests may say, without a server.
  @Suite struct RequestTests {
    private let setting: RequestSetting

    init() throws {
      setting = RequestSetting(
        model: try SmallModel.make(), modelName: "small", aliases: ["other"], contextLimit: 160,
        limits: RequestLimits(),
        client: "")
    }

    private func chat(_ rest: String) throws -> AnswerPlan {
      try AnswerPlan.chat(
        JSONDocument(#"{"model": "small", "messages": [{"role": "user", "content": "a"}]\#(rest)}"#), setting)
    }

    private func completion(_ rest: String) throws -> AnswerPlan {
      try AnswerPlan.completion(JSONDocument(#"{"model": "small", "prompt": "a"\#(rest)}"#), setting)
    }

    private func param(_ body: () throws -> AnswerPlan) -> String? {
      do {
        _ = try body()
        return nil
      } catch {
        let told = APIError(error)
        #expect(told.status == 400 && told.type == "invalid_request_error", "\(told)")
        return told.param
      }
    }

    @Test func valuesOfAnotherTypeAreRefusedByName() {
      let values: [(keys: [String], wrong: [String])] = [
        (
          ["temperature", "top_p", "min_p", "presence_penalty", "frequency_penalty"],
          ["\"1\"", "true", "[]", "{}", "7"]
        ),
        (["n", "max_tokens", "seed"], ["\"1\"", "1.5", "true", "[]", "{}"]),
        (["n"], ["0", "-1", "1000"]), (["max_tokens"], ["-1"]), (["top_k"], ["-2", "1.5"]),
        (["stream"], ["1", "\"true\"", "{}"]), (["stop"], ["1", "[1]", "[\"\"]", "{}"]),
        (["logit_bias"], ["[]", "{\"foo\": 0}", "{\"1\": 200}", "{\"999\": 1}", "{\"-1\": 1}"]),
        (["stream_options"], ["[]", "{\"x\": true}", "{\"include_usage\": 1}"]), (["model"], ["1", "[]"]),
      ]
      for (keys, wrong) in values {
        for key in keys where key != "model" {
          for value in wrong {
            #expect(param { try chat(", \"\(key)\": \(value)") } == key, "\(key) \(value)")
            #expect(param { try completion(", \"\(key)\": \(value)") } == key, "\(key) \(value)")
          }
        }
      }
    }

    @Test func whatWouldBeIgnoredIsRefused() {
      for (key, value) in [
        ("tools", "[{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]"), ("tool_choice", "\"required\""),
        ("reasoning_effort", "\"high\""),
        ("store", "true"), ("unheard_of", "1"), ("top_logprobs", "3"), ("functions", "[{}]"), ("audio", "{}"),
      ] {
        #expect(param { try chat(", \"\(key)\": \(value)") } == key)
      }
      for (key, value) in [("suffix", "\"x\""), ("best_of", "3"), ("messages", "[]")] {
        #expect(param { try completion(", \"\(key)\": \(value)") } == key)
      }
      #expect(param { try chat(", \"max_tokens\": 3, \"max_completion_tokens\": 4") } == "max_tokens")
      #expect(param { try completion(", \"repetition_penalty\": 1.5, \"repeat_penalty\": \"x\"") } == "repeat_penalty")
      #expect(param { try completion(", \"logit_bias\": {\"+5\": 1}") } == "logit_bias")
      #expect(param { try completion(", \"logit_bias\": {\"05\": 1}") } == "logit_bias")
      #expect(param { try completion(", \"echo\": true, \"logprobs\": 1") } == "echo")
    }

    @Test func whatChangesNothingIsAccepted() throws {
      let plan = try chat(
        #"""
        , "user": "u", "metadata": {"a": "b"}, "store": false, "service_tier": "auto", "tools": [], "tool_choice": "none",
        "response_format": {"type": "text"}, "stop": null, "seed": -9007199254740991, "max_tokens": 0, "n": 2,
        "logit_bias": {"3": -100}, "stream_options": {"include_usage": true}, "top_p": 0, "top_k": 0, "temperature": 2.0
        """#)
      #expect(plan.requests[0].options.maximumNewTokens == 0 && plan.requests[0].choices == 2)
      #expect(plan.requests[0].options.sampling.topK == 1 && plan.requests[0].hasExplicitSeed)
      #expect(plan.requests[0].options.sampling.logitBias == [3: -100])
    }

    @Test func formatsAreRead() throws {
      func format(_ text: String) -> String? { param { try chat(", \"response_format\": \(text)") } }
      func schema(_ text: String) -> String? {
        format(#"{"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": \#(text)}}"#)
      }
      for (text, place) in [
        ("1", ""), (#"{"type": "xml"}"#, ".type"), ("{}", ".type"), (#"{"type": "text", "x": 1}"#, ".x"),
        (#"{"type": "json_object", "schema": {}}"#, ".schema"), (#"{"type": "json_schema"}"#, ".json_schema"),
        (#"{"type": "json_schema", "json_schema": {"schema": {}}}"#, ".json_schema.name"),
        (#"{"type": "json_schema", "json_schema": {"name": "n", "strict": 1}}"#, ".json_schema.strict"),
      ] { #expect(format(text) == "response_format\(place)", "\(text)") }
      let place = "response_format.json_schema.schema"
      #expect(schema(#"{"type": "string", "pattern": "a"}"#) == place + ".pattern")
      #expect(schema(#"{"type": "object", "properties": {"a": {"oneOf": [{}]}}}"#) == place + ".properties.a.oneOf")
      #expect(schema(#"{"$ref": "x"}"#) == place + ".$ref" && schema("[]") == place)
      for text in [#"{"type": "text"}"#, "null"] {
        #expect(try chat(", \"response_format\": \(text)").requests[0].options.constraint == nil)
      }
      for text in [
        #"{"type": "json_object"}"#, #"{"type": "json_schema", "json_schema": {"name": "n", "description": "d"}}"#,
      ] {
        #expect(try chat(", \"response_format\": \(text)").requests[0].options.constraint != nil)
        #expect(try completion(", \"response_format\": \(text)").requests[0].options.constraint != nil)
      }
    }

    @Test func messagesAreRead() throws {
      func place(_ message: String) -> String? {
        param { try AnswerPlan.chat(JSONDocument(#"{"model": "small", "messages": [\#(message)]}"#), setting) }
      }
      for (message, expected) in [
        (#"1"#, "messages[0]"), (#"{"content": "a"}"#, "messages[0].role"),
        (#"{"role": "king", "content": "a"}"#, "messages[0].role"),
        (#"{"role": 1, "content": "a"}"#, "messages[0].role"),
        (#"{"role": "user"}"#, "messages[0].content"), (#"{"role": "user", "content": 3}"#, "messages[0].content"),
        (#"{"role": "user", "content": [{"type": "image_url"}]}"#, "messages[0].content[0]"),
        (#"{"role": "user", "content": "a", "x": 1}"#, "messages[0].x"),
        (#"{"role": "assistant", "content": "a", "tool_calls": [{}]}"#, "messages[0].tool_calls"),
      ] { #expect(place(message) == expected, "\(message)") }
      #expect(
        param { try AnswerPlan.chat(JSONDocument(#"{"model": "small", "messages": []}"#), setting) } == "messages")
      let parts =
        #"{"role": "developer", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "a"}]}"#
      #expect(place(parts) == nil)
    }

    @Test func modelsAreKnownByName() throws {
      #expect(throws: APIError.self) {
        try AnswerPlan.completion(JSONDocument(#"{"model": "gpt", "prompt": "a"}"#), setting)
      }
      _ = try AnswerPlan.completion(JSONDocument(#"{"model": "other", "prompt": ["a", "b"]}"#), setting)
    }

    @Test func promptsAreTextsOrTokens() throws {
      func count(_ prompt: String) throws -> Int {
        try AnswerPlan.completion(JSONDocument(#"{"model": "small", "prompt": \#(prompt)}"#), setting).requests.count
      }
      #expect(
        try count("\"a\"") == 1 && count("[1, 2]") == 1 && count("[\"a\", \"b\"]") == 2 && count("[[1], [2, 3]]") == 2)
      for wrong in ["[]", "{}", "1", "[1.5]", "[[]]", "[\"a\", 1]", "[99999999999]"] {
        #expect(
          param { try AnswerPlan.completion(JSONDocument(#"{"model": "small", "prompt": \#(wrong)}"#), setting) }
            == "prompt")
      }
    }
  }
#endif
