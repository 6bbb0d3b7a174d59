import Datasets
import Templates
import Testing
import Tokenization

/// Rows whose conversations call tools, written with the templates of published models.
@Suite(.enabled(if: PublishedTemplate.areThere, "needs the published templates in ../shared/data/chat-templates"))
struct ToolCallTests {
  private static let tool =
    #"{"name": "get_weather", "description": "now", "parameters": {"type": "object", "properties": "#
    + #"{"unit": {"type": "string"}, "city": {"type": "string"}}}}"#
  private static let wrapped = #"{"type": "function", "function": \#(tool)}"#
  private static let arguments = #"{"unit": "C", "city": "Oslo"}"#
  private static let quoted = arguments.replacing("\"", with: "\\\"")

  private static func openAI(_ call: String, content: String = #""content": null, "#, tools: String) -> String {
    #"{"messages": [{"role": "user", "content": "Weather in Oslo?"}, {"role": "assistant", \#(content)\#(call)}, "#
      + #"{"role": "tool", "tool_call_id": "call12345", "name": "get_weather", "content": "7 degrees"}, "#
      + #"{"role": "assistant", "content": "It is 7 °C."}], \#(tools)}"#
  }

  private static func call(_ arguments: String) -> String {
    #""tool_calls": [{"id": "call12345", "type": "function", "function": {"name": "get_weather", "#
      + #""arguments": \#(arguments)}}]"#
  }

  /// The same conversation in the spellings that people have.
  static let rows = [
    openAI(call("\"\(quoted)\""), tools: "\"tools\": [\(wrapped)]"),
    openAI(call(arguments), tools: "\"tools\": [\(tool)], \"parallel_tool_calls\": false"),
    openAI(call(arguments), content: #""content": "", "name": null, "#, tools: "\"functions\": [\(tool)]"),
    openAI(call(arguments), content: "", tools: "\"tools\": \"[\(wrapped.replacing("\"", with: "\\\""))]\""),
    openAI(
      #""function_call": {"name": "get_weather", "arguments": "\#(quoted)"}"#, tools: "\"functions\": [\(tool)]"),
    #"{"conversations": [{"from": "human", "value": "Weather in Oslo?"}, {"from": "function_call", "value": "#
      + #""{\"name\": \"get_weather\", \"arguments\": \#(quoted)}"}, {"from": "observation", "value": "7 degrees"}, "#
      + #"{"from": "gpt", "value": "It is 7 °C."}], "tools": "[\#(tool.replacing("\"", with: "\\\""))]"}"#,
  ]

  private func fixture(_ template: String) throws -> InstructionFixture {
    var fixture = try InstructionFixture()
    fixture.template = try PublishedTemplate.named(template)
    fixture.specialTokens = PublishedTemplate.specialTokens
    fixture.maximumSequenceLength = 4096
    return fixture
  }

  @Test(
    arguments: [
      (
        "Qwen-Qwen2.5-7B-Instruct",
        "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": \(arguments)}\n</tool_call><|im_end|>It is 7 °C.<|im_end|>"
      ),
      // It writes no thoughts into an answer that others follow.
      (
        "Qwen-Qwen3-0.6B",
        "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": \(arguments)}\n</tool_call><|im_end|>"
          + "<think>\n\n</think>\n\nIt is 7 °C.<|im_end|>"
      ),
      (
        "meta-llama-Llama-3.1-8B-Instruct",
        "{\"name\": \"get_weather\", \"parameters\": \(arguments)}<|eot_id|>It is 7 °C.<|eot_id|>"
      ),
    ], rows)
  func callsAndAnswersAreLearntInTheOrderOfTheRow(expected: (template: String, trained: String), row: String) throws {
    let fixture = try fixture(expected.template)
    let dataset = try fixture.dataset(row)
    #expect(try fixture.trained(dataset[0]) == expected.trained)
    let text = try fixture.text(dataset[0])
    for part in ["get_weather", "properties", "7 degrees"] { #expect(text.contains(part)) }
    var unused = row.contains("tool_call_id") ? ["messages[].tool_call_id"] : []
    if row.contains("parallel") { unused.append("parallel_tool_calls") }
    #expect(dataset.statistics.ignoredKeys == unused)
  }

  @Test func theTextIsWhatTheTemplateWritesOfTheMessages() throws {
    let fixture = try fixture("Qwen-Qwen2.5-7B-Instruct")
    let call: JinjaValue = [
      "id": "call12345", "type": "function",
      "function": ["name": "get_weather", "arguments": ["unit": "C", "city": "Oslo"]],
    ]
    let messages = [
      ChatMessage(role: .user, content: "Weather in Oslo?"),
      ChatMessage(role: .assistant, content: "", fields: ["content": .none, "tool_calls": [call]]),
      ChatMessage(role: .tool, content: "7 degrees"), ChatMessage(role: .assistant, content: "It is 7 °C."),
    ]
    let tools: JinjaValue = try .list([JinjaValue(json: Self.wrapped)])
    #expect(try fixture.text(fixture.dataset(Self.rows[0])[0]) == fixture.template.text(messages, tools: tools))
  }

  /// Mistral's template takes ids of nine characters only, and reads what the tool's message says beside its text.
  @Test func idsArriveAndWhatTheTemplateRaisesIsTold() throws {
    let fixture = try fixture("mistralai-Mistral-Nemo-Instruct-2407")
    let example = try fixture.dataset(Self.rows[0])[0]
    #expect(
      try fixture.trained(example)
        == "[TOOL_CALLS][{\"name\": \"get_weather\", \"arguments\": \(Self.arguments), \"id\": \"call12345\"}]</s>"
        + "It is 7 °C.</s>")
    #expect(try fixture.text(example).contains(#""call_id": "call12345""#))
    let error = try #require(throws: InstructionDataError.self) {
      try fixture.dataset(Self.rows[0].replacing("call12345", with: "call_1"))
    }
    #expect("\(error)".contains("Tool call IDs should be alphanumeric strings with length 9"), "\(error)")
  }

  /// The tools are in the texts: nothing is written twice.
  @Test func hermesConversationsAreTexts() throws {
    let fixture = try fixture("NousResearch-Hermes-3-Llama-3.1-8B-tool_use")
    let row = #"""
      {"id": "1", "conversations": [{"from": "system", "value": "You call functions. <tools>[\#(Self.quoted)]</tools>"},
      {"from": "human", "value": "Weather?"},
      {"from": "gpt", "value": "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {}}\n</tool_call>"},
      {"from": "tool", "value": "<tool_response>\n7\n</tool_response>\n<tool_response>\n8\n</tool_response>"},
      {"from": "gpt", "value": "Seven."}], "tools": "[\#(Self.tool.replacing("\"", with: "\\\""))]"}
      """#
    var plain = fixture
    (plain.template, plain.specialTokens) = (.chatml, [])
    #expect(
      try plain.trained(plain.dataset(row)[0])
        == "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {}}\n</tool_call><|im_end|>Seven.<|im_end|>")
    #expect(try plain.dataset(row).statistics.ignoredKeys == ["id", "tools"])
    var qwen = fixture
    qwen.template = try PublishedTemplate.named("Qwen-Qwen2.5-7B-Instruct")
    let text = try qwen.text(qwen.dataset(row)[0])
    #expect(
      text.contains("<tool_response>\n7\n</tool_response>\n<tool_response>\n8\n</tool_response><|im_end|>"), "\(text)")
    #expect(!text.contains("# Tools"), "the row's tools stand in its system message")
  }

  @Test(arguments: [
    (rows[0], "has no words for calls of tools (\"messages[1].tool_calls\")"),
    (
      #"{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}], "tools": [\#(tool)]}"#,
      "has no words for descriptions of tools (\"tools\")"
    ),
  ])
  func aTemplateWithoutToolsRefusesThem(row: String, reason: String) throws {
    for template in [ChatTemplate.chatml, try PublishedTemplate.named("microsoft-Phi-3.5-mini-instruct")] {
      var fixture = try InstructionFixture()
      fixture.template = template
      let error = try #require(throws: InstructionDataError.self) { try fixture.dataset(row) }
      #expect("\(error)".contains("data.json:1: chat template \(template.name): \(reason)"), "\(error)")
    }
  }

  @Test(arguments: [
    (#""tool_calls": [{"function": {"arguments": {}}}]"#, "\"messages[1].tool_calls\" is a call without a name"),
    (
      #""tool_calls": "get_weather()""#, "\"messages[1].tool_calls\" is the string \"get_weather()\", expected the call"
    ),
    (
      #""tool_calls": [{"function": {"name": "f", "arguments": "city=Oslo"}}]"#,
      "\"messages[1].tool_calls.arguments\" is the string \"city=Oslo\", expected an object"
    ),
    (
      #""tool_calls": [{"function": {"name": "f"}}], "function_call": {"name": "f"}"#,
      "\"function_call\" in message 2 stands beside \"tool_calls\""
    ),
  ])
  func whatIsNoCallIsNamed(call: String, reason: String) throws {
    let fixture = try fixture("Qwen-Qwen2.5-7B-Instruct")
    let error = try #require(throws: InstructionDataError.self) {
      try fixture.dataset(Self.openAI(call, tools: "\"tools\": []"))
    }
    #expect("\(error)".contains(reason), "\(error)")
  }

  /// Its name, for one, is not written: what a template leaves out is not learnt in silence.
  @Test func whatTheTemplateLeavesOutIsRefused() throws {
    var fixture = try fixture("Qwen-Qwen2.5-7B-Instruct")
    fixture.template = try ChatTemplate(
      jinja: fixture.template.jinja.replacing("{%- for tool in tools %}", with: "{%- for tool in tools[1:] %}"),
      name: "forgetful")
    let tools = "\"tools\": [\(Self.wrapped.replacing("get_weather", with: "forgotten"))]"
    let error = try #require(throws: InstructionDataError.self) {
      try fixture.dataset(Self.openAI(Self.call(Self.arguments), tools: tools))
    }
    #expect("\(error)".contains("the text of the conversation lacks the tool forgotten"), "\(error)")
  }

  @Test func pairsMayDifferInTheirCalls() throws {
    let fixture = try fixture("Qwen-Qwen2.5-7B-Instruct")
    let question = #"{"role": "user", "content": "Weather in Oslo?"}"#
    func ending(_ city: String) -> String {
      #"[{"role": "assistant", "content": null, \#(Self.call(Self.arguments.replacing("Oslo", with: city)))}]"#
    }
    let row =
      #"{"prompt": [\#(question)], "chosen": \#(ending("Oslo")), "rejected": \#(ending("Rome")), "tools": [\#(Self.tool)]}"#
    let pair = try fixture.pairs(row)[0]
    #expect(try fixture.trained(pair.chosen).contains(#""city": "Oslo""#))
    #expect(try fixture.trained(pair.rejected).contains(#""city": "Rome""#))
    #expect(try fixture.text(pair.chosen).contains("# Tools"))
  }
}
