import Inference
import Kernels
import Serving
import Templates
import Testing
import Tokenization

/// Calls of tools in answers that come in pieces.
@Suite struct ToolCallReaderTests {
  /// In pieces of every size.
  private func parts(_ text: String, _ syntax: ToolCallSyntax) -> Set<String> {
    Set(
      (1...12).map { size in
        var reader = ToolCallReader(syntax, tools: ["f", "g"])
        var all = ToolCallReader.Part()
        var rest = text[...]
        while !rest.isEmpty {
          add(reader.read(String(rest.prefix(size))), to: &all)
          rest = rest.dropFirst(size)
        }
        add(reader.finish(), to: &all)
        return "\(all.text)|" + all.calls.map { "\($0.name)\($0.arguments)" }.joined(separator: ";")
      })
  }

  private func add(_ part: ToolCallReader.Part, to all: inout ToolCallReader.Part) {
    all.text += part.text
    all.calls += part.calls
  }

  @Test(arguments: [
    ("plain <tool text", "plain <tool text|"), ("ends <tool_call", "ends <tool_call|"), (" spaces \n", " spaces \n|"),
    (#"<tool_call>{"name": "f", "arguments": {"b": 1, "a": [2]}}</tool_call>"#, #"|f{"b": 1, "a": [2]}"#),
    (
      "First.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>\n<tool_call>{\"name\": \"h\"}</tool_call>\n",
      "First.|f{};h{}"
    ),
    ("<tool_call>not JSON</tool_call> on", "<tool_call>not JSON</tool_call> on|"),
    (#"<tool_call>{"name": "f", "arguments": "{\"a\": 1}"}"#, #"|f{"a": 1}"#),
    (#"<tool_call>{"name": "f""#, #"<tool_call>{"name": "f"|"#),
  ])
  func taggedCalls(text: String, expected: String) { #expect(parts(text, .tagged) == [expected]) }

  @Test(arguments: [
    ("plain {text}", "plain {text}|"), (#"{"name": "f", "parameters": {"a": 1}}"#, #"|f{"a": 1}"#),
    (#"{"name": "other", "parameters": {}}"#, #"{"name": "other", "parameters": {}}|"#),
    (#" {"answer": 1}"#, #" {"answer": 1}|"#), ("  ", "  |"),
  ])
  func bareCalls(text: String, expected: String) { #expect(parts(text, .bare) == [expected]) }

  @Test func textThatNoCallBeginsWithIsNotHeldBack() {
    var tagged = ToolCallReader(.tagged, tools: [])
    #expect(tagged.read("Hello <b>") == .init(text: "Hello <b>") && tagged.read(" <to") == .init())
    #expect(tagged.read("p") == .init(text: " <top"))
    var bare = ToolCallReader(.bare, tools: [])
    #expect(bare.read("Hello") == .init(text: "Hello") && bare.read("{") == .init(text: "{"))
  }

  @Test func callsThatMustBeMadeFitTheirTools() throws {
    let tools = [
      ToolDescription(
        name: "f", parameters: try JinjaValue(json: #"{"type": "object", "properties": {"a": {"type": "integer"}}}"#)),
      ToolDescription(name: "g", parameters: nil),
    ]
    func fits(_ text: String, _ syntax: ToolCallSyntax) throws -> Bool {
      try ByteGrammar.call(syntax, of: tools).fit(of: text.utf8) == .whole(isLongest: true)
    }
    #expect(try fits("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>", .tagged))
    #expect(try fits("<tool_call>\n{\"name\": \"g\", \"arguments\": {\"x\": []}}\n</tool_call>", .tagged))
    #expect(try !fits("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": 1}}\n</tool_call>", .tagged))
    #expect(try fits(#"{"name": "f", "parameters": {}}"#, .bare) && !fits(#"{"name": "h", "parameters": {}}"#, .bare))
    let wrong = [tools[1], ToolDescription(name: "h", parameters: ["oneOf": []])]
    #expect(throws: ToolSchemaError.self) { try ByteGrammar.call(.bare, of: wrong) }
  }
}
