import Datasets
import Testing
import Tokenization

/// The shapes that people have pairs in.
@Suite struct PreferenceShapeTests {
  var fixture: InstructionFixture

  init() throws {
    fixture = try InstructionFixture()
    fixture.template = .bitnet
  }

  private static let q = #"{"role": "user", "content": "Q"}"#
  private static let a = #"{"role": "assistant", "content": "A"}"#
  private static let b = #"{"role": "assistant", "content": "B"}"#
  private static let gptA = #"{"from": "gpt", "value": "A"}"#
  private static let gptB = #"{"from": "gpt", "value": "B"}"#
  private static let human = #"{"from": "human", "value": "Q"}"#

  @Test(arguments: [
    // One message instead of a list.
    #"{"prompt": "Q", "chosen": \#(a), "rejected": \#(b)}"#,
    #"{"prompt": \#(q), "chosen": \#(a), "rejected": "B"}"#,
    // Alpaca's, and those of Orca's pairs.
    #"{"instruction": "Q", "chosen": "A", "rejected": "B"}"#,
    #"{"instruction": "Q", "input": "", "chosen": "A", "rejected": "B"}"#,
    #"{"question": "Q", "chosen": "A", "rejected": "B"}"#,
    #"{"input": "Q", "chosen": "A", "rejected": "B"}"#,
    // ShareGPT's, as LLaMA-Factory has them.
    #"{"conversations": [\#(human)], "chosen": \#(gptA), "rejected": \#(gptB)}"#,
    #"{"conversations": [\#(human)], "chosen": [\#(gptA)], "rejected": [\#(gptB)]}"#,
    #"{"conversations": [\#(human)], "chosen": "A", "rejected": "B"}"#,
    #"{"chosen": [\#(human), \#(gptA)], "rejected": [\#(human), \#(gptB)]}"#,
    // Messages that are answered.
    #"{"messages": [\#(q)], "chosen": \#(a), "rejected": \#(b)}"#,
    // OpenAI's.
    #"{"input": {"messages": [\#(q)]}, "preferred_output": [\#(a)], "non_preferred_output": [\#(b)]}"#,
    #"{"input": {"messages": [\#(q)], "tools": null}, "preferred_output": [\#(a)], "non_preferred_output": [\#(b)]}"#,
    // UltraFeedback's, without its list of the chosen conversation.
    #"{"prompt": "Q", "chosen": [\#(q), \#(a)], "rejected": [\#(q), \#(b)]}"#,
  ])
  func theyGiveTheSameTokens(row: String) throws {
    let dataset = try fixture.pairs(row)
    let pair = try dataset[0]
    #expect(try fixture.text(pair.chosen) == "<|begin_of_text|>User: Q<|eot_id|>Assistant: A<|eot_id|>")
    #expect(try fixture.trained(pair.chosen) == "A<|eot_id|>" && fixture.trained(pair.rejected) == "B<|eot_id|>")
    #expect(dataset.statistics.ignoredKeys.isEmpty, "\(dataset.statistics.ignoredKeys)")
  }

  @Test func inputsAndSystemMessagesArrive() throws {
    var pair = try fixture.pairs(#"{"instruction": "Q", "input": "X", "chosen": "A", "rejected": "B"}"#)[0]
    #expect(try fixture.text(pair.chosen).contains("User: Q\n\nX<|eot_id|>"))
    pair = try fixture.pairs(#"{"system": "S", "question": "Q", "chosen": "A", "rejected": "B"}"#)[0]
    #expect(
      try fixture.text(pair.rejected) == "<|begin_of_text|>System: S<|eot_id|>User: Q<|eot_id|>Assistant: B<|eot_id|>")
  }

  @Test func whatIsNotReadIsCounted() throws {
    let ultra =
      #"{"prompt": "Q", "prompt_id": "7", "messages": [\#(Self.q), \#(Self.a)], "chosen": [\#(Self.q), "#
      + #"\#(Self.a)], "rejected": [\#(Self.q), \#(Self.b)], "score_chosen": 8.0}"#
    #expect(try fixture.pairs(ultra).statistics.ignoredKeys == ["messages", "prompt_id", "score_chosen"])
    let openAI =
      #"{"input": {"messages": [\#(Self.q)], "parallel_tool_calls": true}, "preferred_output": [\#(Self.a)], "#
      + #""non_preferred_output": [\#(Self.b)]}"#
    #expect(try fixture.pairs(openAI).statistics.ignoredKeys == ["input.parallel_tool_calls"])
  }

  /// Which of the texts is answered is not guessed.
  @Test(arguments: [
    (
      #"{"prompt": "Q", "instruction": "R", "chosen": "A", "rejected": "B"}"#,
      "several prompts that differ: \"prompt\", \"instruction\""
    ),
    (
      #"{"prompt": "Q", "input": "X", "chosen": "A", "rejected": "B"}"#,
      "\"prompt\", \"input\". Expected one of prompt, instruction"
    ),
    (#"{"prompt": "R", "messages": [\#(q)], "chosen": "A", "rejected": "B"}"#, "\"prompt\", \"messages\""),
    (
      #"{"messages": [\#(q)], "conversations": [\#(human)], "chosen": "A", "rejected": "B"}"#,
      "\"messages\", \"conversations\""
    ),
    (#"{"messages": [\#(q), \#(a)], "chosen": "C", "rejected": "B"}"#, "\"messages\" ends with an answer"),
    (#"{"chosen": \#(a), "rejected": \#(b)}"#, "\"chosen\" is one message, and there is no \"prompt\""),
    (
      #"{"input": "Q", "preferred_output": [\#(a)], "non_preferred_output": [\#(b)]}"#,
      "\"input\" is the string \"Q\", expected an object with \"messages\""
    ),
    (
      #"{"input": {"messages": [\#(q)]}, "preferred_output": [\#(a)], "non_preferred_output": [\#(b)], "chosen": "C"}"#,
      "\"chosen\" stands beside \"preferred_output\""
    ),
    (
      #"{"input": {"messages": [\#(q)]}, "preferred_output": [{"role": "x", "content": "A"}], "non_preferred_output": []}"#,
      "message 1 has the role \"x\""
    ),
    (
      #"{"input": {"messages": [\#(q)]}, "preferred_output": [\#(a)], "non_preferred_output": [7]}"#,
      "\"non_preferred_output[0]\" is the number 7"
    ),
  ])
  func ambiguousRowsAreNamed(row: String, message: String) throws {
    let path = try fixture.write(#"{"prompt": "Q", "chosen": "A", "rejected": "B"}"# + "\n" + row)
    let error = try #require(throws: InstructionDataError.self) { try fixture.openPairs(path) }
    #expect("\(error)".hasPrefix("\(path):2: ") && "\(error)".contains(message), "\(error)")
  }

  @Test func theSamePromptTwiceIsOne() throws {
    #expect(try fixture.pairs(#"{"prompt": "Q", "question": "Q", "chosen": "A", "rejected": "B"}"#).count == 1)
  }
}
