import Datasets
import Testing
import Tokenization

/// Thoughts beside answers: `dataset.reasoning`.
@Suite struct ReasoningTests {
  private func fixture(reads: Bool = true) throws -> InstructionFixture {
    var fixture = try InstructionFixture()
    let thought = reads ? "{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>{% endif %}" : ""
    fixture.template = try ChatTemplate(
      jinja: "{% for m in messages %}{{ m.role }}:\(thought){{ m.content }}\n{% endfor %}"
        + "{% if add_generation_prompt %}assistant:{% endif %}", name: "test")
    return fixture
  }

  private func row(_ key: String) -> String {
    #"{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A", "\#(key)": "why"}]}"#
  }

  @Test(arguments: ["reasoning_content", "thinking", "reasoning"])
  func aTemplateThatReadsThemGetsThem(key: String) throws {
    let (fixture, blind) = (try fixture(), try fixture(reads: false))
    let dataset = try fixture.dataset(row(key))
    #expect(try fixture.trained(dataset[0]) == "<think>why</think>A\n")
    #expect(dataset.statistics.ignoredKeys.isEmpty)
    let other = try blind.dataset(row(key))
    #expect(try blind.trained(other[0]) == "A\n")
    #expect(other.statistics.ignoredKeyCounts == ["messages[].\(key)": 1])
  }

  @Test func theyCanBeLeftOutOrRefused() throws {
    let fixture = try fixture()
    let dropped = try fixture.dataset(row("thinking")) { $0.reasoning = .drop }
    #expect(try fixture.trained(dropped[0]) == "A\n")
    #expect(try dropped.fingerprint != fixture.dataset(row("thinking")).fingerprint)
    let error = try #require(throws: InstructionDataError.self) {
      try fixture.dataset(row("thinking")) { $0.reasoning = .refuse }
    }
    #expect("\(error)".contains("\"messages[1].thinking\" is what was thought before the answer"))
    #expect(throws: Never.self) {
      try fixture.dataset(#"{"prompt": "Q", "completion": "A"}"#) { $0.reasoning = .refuse }
    }
  }
}
