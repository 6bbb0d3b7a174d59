import Datasets
import Foundation
import Testing
import Tokenization

/// Rows of every shape, in files of every kind.
@Suite struct RowReadingTests {
  var fixture: InstructionFixture

  init() throws {
    fixture = try InstructionFixture()
    fixture.template = .bitnet
  }

  private let rows = (0..<5).map { #"{"prompt": "p\#($0)", "completion": "c\#($0)"}"# }

  private func expectRows(_ dataset: InstructionDataset, count: Int = 5) throws {
    #expect(dataset.count == count)
    #expect(dataset.statistics.rows == count && dataset.statistics.examples == count)
    for number in 0..<dataset.count {
      #expect(
        try fixture.text(dataset[number])
          == "<|begin_of_text|>User: p\(number)<|eot_id|>Assistant: c\(number)<|eot_id|>")
      #expect(try fixture.trained(dataset[number]) == "c\(number)<|eot_id|>")
    }
  }

  @Test func filesOfAllKindsGiveTheSameRows() throws {
    let pretty = rows.map { $0.replacing(", ", with: ",\n  ").replacing("{", with: "{\n  ") }
    let (lines, array) = (rows.joined(separator: "\n"), "[\(rows.joined(separator: ","))]")
    let bom = "\u{FEFF}"
    var texts: [String] = [lines, lines + "\n", rows.joined(separator: "\r\n") + "\r\n"]
    texts += ["\n\n \t\n", " ", ""].map { rows.joined(separator: $0) }
    texts += [array, "[\n" + pretty.joined(separator: ",\n") + "\n]\n", "\r\n" + array, bom + lines, bom + array]
    texts.append(pretty.joined(separator: "\n"))
    for text in texts {
      try expectRows(fixture.dataset(text))
      let gzip = try fixture.directory.write(Archives.gzip(Array(text.utf8)), to: "data.gz")
      try expectRows(fixture.open(gzip))
    }
    try expectRows(fixture.dataset(rows[0]), count: 1)
    try expectRows(fixture.dataset("[" + rows[0] + "]"), count: 1)
  }

  @Test(arguments: [
    // As in Stanford's Alpaca collection, with an input and without.
    (
      InstructionConfiguration.Format.alpaca,
      #"{"instruction": "Give the opposite of the word.", "input": "hot", "output": "Cold."}"#,
      "User: Give the opposite of the word.\n\nhot", "Cold."
    ),
    (.alpaca, #"{"instruction": "Name a colour.", "input": "", "output": "Blue."}"#, "User: Name a colour.", "Blue."),
    (
      .shareGPT,
      #"{"id": "x1", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello!"}]}"#,
      "User: Hi", "Hello!"
    ),
    (
      .shareGPT,
      #"{"system": "Be kind.", "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yes?"}]}"#,
      "System: Be kind.<|eot_id|>User: Hi", "Yes?"
    ),
    (
      .messages,
      #"{"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}, "#
        + #"{"role": "assistant", "content": "A", "weight": 1}]}"#,
      "System: S<|eot_id|>User: Q", "A"
    ),
    (
      .messages,
      #"{"conversations": [{"role": "user", "content": [{"type": "text", "text": "Q"}, {"type": "text", "text": "?"}]}, "#
        + #"{"role": "assistant", "content": "A", "tool_calls": []}], "history": [], "tools": null}"#,
      "User: Q?", "A"
    ),
    (.inputOutput, #"{"input": "2 + 2", "output": "4"}"#, "User: 2 + 2", "4"),
    (
      .promptCompletion,
      #"{"prompt": [{"role": "user", "content": "Q"}], "completion": [{"role": "assistant", "content": "A"}]}"#,
      "User: Q", "A"
    ),
    // Of several shapes the first that is looked for counts: keys that are not needed do no harm.
    (.promptCompletion, #"{"prompt": "Q", "completion": "A", "text": "Q A", "meta": {"n": 1.5}}"#, "User: Q", "A"),
  ])
  func shapesAreFoundByTheirKeys(
    format: InstructionConfiguration.Format, row: String, prompt: String, answer: String
  ) throws {
    for format in [format, .auto] {
      let dataset = try fixture.dataset(row) { $0.format = format }
      #expect(try fixture.text(dataset[0]) == "<|begin_of_text|>\(prompt)<|eot_id|>Assistant: \(answer)<|eot_id|>")
      #expect(try fixture.trained(dataset[0]) == answer + "<|eot_id|>")
    }
    #expect(try fixture.dataset(row).format == format)
  }

  @Test func unusedKeysAreTold() throws {
    let dataset = try fixture.dataset(#"{"prompt": "Q", "completion": "A", "source": "web", "id": 7}"#)
    #expect(dataset.statistics.ignoredKeys == ["id", "source"])
    #expect(try fixture.dataset(rows[0]).statistics.ignoredKeys.isEmpty)
  }

  @Test func textsAreTrainedAsAWhole() throws {
    let dataset = try fixture.dataset(#"{"text": "User: a line\n<|eot_id|>"}"#)
    let example = try dataset[0]
    #expect(try fixture.text(example) == "User: a line\n<|eot_id|><|eot_id|>")
    #expect(example.tokens.count { $0 >= 256 } == 1)
    #expect(example.isTrained == [false] + Array(repeating: true, count: example.tokens.count - 1))
  }

  @Test func alpacaRowsGetTheirInputHeading() throws {
    var fixture = fixture
    fixture.template = .alpaca
    let dataset = try fixture.dataset(#"{"instruction": "I", "input": "x", "output": "o"}"#)
    #expect(
      try fixture.text(dataset[0]) == "### Instruction:\nI\n\n### Input:\nx\n\n### Response:\no<|endoftext|>")
  }

  @Test func severalAnswersAreAllTrained() throws {
    let messages = ["user", "assistant", "user", "assistant", "user"].enumerated().map {
      #"{"role": "\#($1)", "content": "\#($0)"}"#
    }
    let dataset = try fixture.dataset(#"{"messages": [\#(messages.joined(separator: ","))]}"#)
    #expect(try fixture.trained(dataset[0]) == "1<|eot_id|>3<|eot_id|>")
    let whole = try fixture.dataset(#"{"messages": [\#(messages.joined(separator: ","))]}"#) {
      $0.trainsOnInput = true
    }
    #expect(try whole[0].trainedTokenCount == whole[0].tokens.count - 1)
  }

  /// Escapes, surrogate pairs and long runs take different ways through the parser.
  @Test func escapesComeBack() throws {
    let row = #"{"prompt": "\u00e9\ud83d\ude00\t\"\\\/x", "completion": "a\nb\u0000c"}"#
    let example = try fixture.dataset(row)[0]
    #expect(try fixture.text(example).contains("User: é😀\t\"\\/x<|eot_id|>"))
    #expect(try fixture.trained(example) == "a\nb\0c<|eot_id|>")
  }

  @Test func rowsKnowTheirLines() throws {
    let dataset = try fixture.dataset("\n[\n" + rows.joined(separator: ",\n") + "\n]")
    #expect(try (0..<5).map(dataset.line) == [3, 4, 5, 6, 7])
  }
}
