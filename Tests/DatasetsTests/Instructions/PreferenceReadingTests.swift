import Datasets
import Testing
import Tokenization

@Suite struct PreferenceReadingTests {
  var fixture: InstructionFixture

  init() throws {
    fixture = try InstructionFixture()
    fixture.template = .bitnet
  }

  private static let start = "<|begin_of_text|>User: Q<|eot_id|>Assistant: "

  private func list(_ messages: [(String, String)]) -> String {
    let objects = messages.map { #"{"role": "\#($0.0)", "content": "\#($0.1)"}"# }
    return "[\(objects.joined(separator: ", "))]"
  }

  @Test func allSpellingsOfAPairGiveTheSameTokens() throws {
    let (q, a, b) = (("user", "Q"), ("assistant", "A"), ("assistant", "B"))
    let rows = [
      #"{"prompt": "Q", "chosen": "A", "rejected": "B"}"#,
      #"{"prompt": \#(list([q])), "chosen": \#(list([a])), "rejected": \#(list([b]))}"#,
      #"{"prompt": "Q", "chosen": \#(list([a])), "rejected": \#(list([b]))}"#,
      // The prompt is the shared beginning, and may be told as well.
      #"{"chosen": \#(list([q, a])), "rejected": \#(list([q, b]))}"#,
      #"{"prompt": "Q", "chosen": \#(list([q, a])), "rejected": \#(list([q, b])), "score": 3}"#,
      // As in Anthropic's HH-RLHF.
      #"{"chosen": "\n\nHuman: Q\n\nAssistant: A", "rejected": "\n\nHuman: Q\n\nAssistant: B"}"#,
      #"{"prompt": "\n\nHuman: Q\n\nAssistant:", "chosen": " A", "rejected": " B"}"#,
    ]
    for row in rows {
      let dataset = try fixture.pairs(row)
      let pair = try dataset[0]
      #expect(try fixture.text(pair.chosen) == Self.start + "A<|eot_id|>", "\(row)")
      #expect(try fixture.text(pair.rejected) == Self.start + "B<|eot_id|>", "\(row)")
      #expect(try fixture.trained(pair.chosen) == "A<|eot_id|>")
      #expect(try fixture.trained(pair.rejected) == "B<|eot_id|>")
      #expect(dataset.statistics.trainedTokens == 4)
      #expect(dataset.statistics.tokens == pair.chosen.tokens.count + pair.rejected.tokens.count)
    }
  }

  @Test func answersInThePromptAreNotTrained() throws {
    let row =
      #"{"chosen": "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Q\n\nAssistant: A, and\n\nB", "#
      + #""rejected": "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Q\n\nAssistant: No"}"#
    let pair = try fixture.pairs(row)[0]
    #expect(try fixture.trained(pair.chosen) == "A, and\n\nB<|eot_id|>")
    #expect(try fixture.trained(pair.rejected) == "No<|eot_id|>")
    let shared = zip(pair.chosen.tokens, pair.rejected.tokens).prefix { $0 == $1 }.count
    #expect(!pair.chosen.isTrained.prefix(shared).contains(true))
    #expect(!pair.rejected.isTrained.prefix(shared).contains(true))
  }

  @Test(arguments: [
    (#"{"prompt": "Q", "chosen": "A", "rejected": "A"}"#, "the same"),
    (#"{"prompt": "Q", "chosen": " A ", "rejected": "A"}"#, "the same once written"),
    (#"{"chosen": "A", "rejected": "B"}"#, "there is no \"prompt\""),
    (#"{"prompt": "Q", "chosen": "A"}"#, "has no \"rejected\", expected preference"),
    (#"{"prompt": "Q", "chosen": "A", "rejected": ""}"#, "the answer is empty"),
    (#"{"prompt": "Q", "chosen": "A", "rejected": 7}"#, "\"rejected\" is the number 7, expected a string"),
    (#"{"prompt": "Q", "completion": "A"}"#, "has the shape prompt_completion, expected preference"),
    (
      #"{"chosen": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}], "#
        + #""rejected": [{"role": "user", "content": "R"}, {"role": "assistant", "content": "B"}]}"#,
      "differ from the first message on"
    ),
    (
      #"{"chosen": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}], "#
        + #""rejected": [{"role": "user", "content": "Q"}]}"#,
      "\"rejected\" ends where the other conversation goes on"
    ),
    (
      #"{"prompt": "Q", "chosen": [{"role": "user", "content": "A"}], "rejected": "B"}"#, "which is not an answer"
    ),
  ])
  func badPairsAreNamed(row: String, message: String) throws {
    let good = #"{"prompt": "Q", "chosen": "A", "rejected": "B"}"#
    let path = try fixture.write("\(good)\n\(row)\n")
    #expect {
      try fixture.openPairs(path)
    } throws: { error in
      #expect("\(error)".hasPrefix("\(path):2: ") && "\(error)".contains(message), "\(error)")
      return error is InstructionDataError
    }
  }

  @Test func longPairsFollowThePolicy() throws {
    var fixture = fixture
    fixture.template = .plain
    fixture.maximumSequenceLength = 8
    let rows = """
      {"prompt": "Q", "chosen": "short", "rejected": "longer than eight"}
      {"prompt": "a long question", "chosen": "A", "rejected": "B"}
      {"prompt": "Q", "chosen": "A", "rejected": "B"}
      {"prompt": "Q", "chosen": "the same start", "rejected": "the same star"}
      """
    let path = try fixture.write(rows)
    #expect(throws: InstructionDataError.self) { try fixture.openPairs(path) }
    #expect(throws: InstructionDataError.cannotSplitPairs(path: path)) {
      try fixture.openPairs(path) { $0.overlong = .split }
    }
    let dropped = try fixture.openPairs(path) { $0.overlong = .drop }
    #expect(dropped.count == 1 && dropped.statistics.droppedRows == 3 && dropped.statistics.overlongRows == 3)
    let cut = try fixture.openPairs(path) { $0.overlong = .truncate }
    #expect(cut.count == 2 && cut.statistics.droppedRows == 2 && cut.statistics.truncatedRows == 1)
    #expect(try fixture.text(cut[0].rejected) == "Qlonger t" && fixture.text(cut[0].chosen) == "Qshort<|endoftext|>")
    #expect(cut.statistics.lostTokens == 10 + (2 * 15 + 4) + (2 + 29 + 2 - 2))
  }
}
