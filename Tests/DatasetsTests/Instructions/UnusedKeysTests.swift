import Datasets
import Testing
import Tokenization

/// Keys of which nothing is made are counted at every depth, and what a template reads it gets.
@Suite struct UnusedKeysTests {
  var fixture: InstructionFixture

  init() throws {
    fixture = try InstructionFixture()
    fixture.template = .bitnet
  }

  private let row = #"""
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "Q", "cache_control": {"a": 1}}], "name": "Ann"},
    {"role": "assistant", "content": "A", "reasoning_content": "because", "refusal": null},
    {"role": "user", "content": "R", "name": "Bob"}, {"role": "assistant", "content": "B"}],
    "conversations": [], "id": 7, "source": null}
    """#

  @Test func everyKeyAtEveryDepthIsCounted() throws {
    let statistics = try fixture.dataset(row + "\n" + row).statistics
    #expect(
      statistics.ignoredKeyCounts == [
        "conversations": 2, "id": 2, "messages[].name": 4, "messages[].reasoning_content": 2,
        "messages[].content[].cache_control": 2,
      ])
    #expect(statistics.ignoredKeys == statistics.ignoredKeyCounts.keys.sorted())
    let share = #"{"conversations": [{"from": "human", "value": "Q", "x": 1}, {"from": "gpt", "value": "A"}]}"#
    #expect(try fixture.dataset(share).statistics.ignoredKeys == ["conversations[].x"])
    let pair = #"{"prompt": "Q", "chosen": [{"role": "assistant", "content": "A", "x": 1}], "rejected": "B", "y": 2}"#
    #expect(try fixture.pairs(pair).statistics.ignoredKeyCounts == ["chosen[].x": 1, "y": 1])
  }

  @Test func aTemplateGetsTheKeysThatItReads() throws {
    var fixture = fixture
    fixture.template = try ChatTemplate(
      jinja: "{% for m in messages %}{{ m.role }}{% if m['name'] %} {{ m['name'] }}{% endif %}:"
        + "{% if m.reasoning_content %}({{ m.reasoning_content }}){% endif %}{{ m.content }}\n{% endfor %}"
        + "{% if add_generation_prompt %}assistant:{% endif %}", name: "test")
    let dataset = try fixture.dataset(row)
    #expect(
      try fixture.text(dataset[0]) == "user Ann:Q\nassistant:(because)A\nuser Bob:R\nassistant:B\n")
    #expect(try fixture.trained(dataset[0]) == "(because)A\nB\n")
    #expect(dataset.statistics.ignoredKeys == ["conversations", "id", "messages[].content[].cache_control"])
  }

  @Test func partsOfOthersAreRead() throws {
    let rows = [
      #"{"messages": [{"role": "user", "content": [{"type": "text", "value": "Q"}]}, {"role": "assistant", "content": "A"}]}"#,
      #"{"messages": [{"role": "user", "parts": [{"text": "Q"}]}, {"role": "model", "parts": [{"text": "A"}]}]}"#,
    ]
    for row in rows {
      let dataset = try fixture.dataset(row)
      #expect(try fixture.text(dataset[0]).contains("Q") && fixture.trained(dataset[0]).hasPrefix("A"))
      #expect(dataset.statistics.ignoredKeys.isEmpty)
    }
  }

  /// Nothing stands between an instruction and its input when there is no instruction.
  @Test func anEmptyInstructionLeavesTheInput() throws {
    let row = #"{"instruction": "", "input": "2+2", "output": "4"}"#
    #expect(try fixture.dataset(row).messages(0)?.first?.content == "2+2")
  }

  @Test(arguments: [
    (#"{"dialog": [{"role": "user", "content": "Q"}]}"#, "dataset.columns: {messages: dialog}"),
    (#"{"contents": [{"role": "user", "parts": [{"text": "Q"}]}]}"#, "dataset.columns: {messages: contents}"),
    (#"{"turns": [{"role": "user", "content": "Q"}]}"#, "dataset.columns: {messages: turns}"),
    (
      #"{"messages": [{"role": "user", "content": [{"type": "text"}]}]}"#,
      "\"messages[0].content[0]\" is an object without \"text\", expected an object as in {\"type\": \"text\", \"text\": \"…\"}"
    ),
    (
      #"{"messages": [{"role": "user", "content": [{"text": "Q"}]}]}"#,
      "\"messages[0].content[0]\" is an object without \"type\", expected an object as in"
    ),
    (
      #"{"messages": [{"role": "user", "content": ["Q"]}]}"#,
      "\"messages[0].content[0]\" is the string \"Q\", expected an object as in"
    ),
    (#"{"prompt": true, "completion": "A"}"#, "\"prompt\" is true, expected a string"),
    (
      #"{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": null, "refusal": "No."}]}"#,
      "\"messages[1].content\" is null, expected a string"
    ),
  ])
  func whatIsWrongIsSaid(row: String, reason: String) throws {
    let error = try #require(throws: InstructionDataError.self) { try fixture.dataset(row) }
    #expect("\(error)".contains(reason), "\(error)")
  }

  @Test(arguments: [
    (
      #"{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}], "label": false}"#,
      "has one answer, and \"label\" says whether it is good; expected pairs"
    ),
    (
      #"{"input": {"messages": []}, "preferred_output": [{"role": "assistant", "content": "A"}]}"#,
      "none of the known shapes. Nearest: preference"
    ),
  ])
  func rowsThatAreNoPairsAreNotTakenForLists(row: String, reason: String) throws {
    let error = try #require(throws: InstructionDataError.self) { try fixture.pairs(row) }
    #expect("\(error)".contains(reason), "\(error)")
  }
}
