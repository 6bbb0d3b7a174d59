import Datasets
import Testing
import Tokenization

/// Answers that are labelled as good or bad.
@Suite struct UnpairedReadingTests {
  var fixture: InstructionFixture

  init() throws {
    fixture = try InstructionFixture()
    fixture.template = .bitnet
  }

  private static let start = "<|begin_of_text|>User: Q<|eot_id|>Assistant: "
  private static let bad = #"{"prompt": "Q", "completion": "B", "label": false}"#

  private func problem(_ row: String) -> String {
    do {
      _ = try fixture.labelled("\(Self.bad)\n\(row)")
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    #"{"prompt": "Q", "completion": "A", "label": true}"#, #"{"prompt": "Q", "completion": "A", "label": 1}"#,
    #"{"prompt": "Q", "completion": "A", "kto_tag": true}"#, #"{"prompt": "Q", "completion": "A", "is_chosen": 1}"#,
    #"{"prompt": "Q", "completion": "A", "label": true, "kto_tag": 1}"#,
    #"{"prompt": [{"role": "user", "content": "Q"}], "completion": [{"role": "assistant", "content": "A"}], "label": true}"#,
  ])
  func labelsHaveSeveralSpellings(row: String) throws {
    let dataset = try fixture.labelled("\(row)\n\(Self.bad)")
    #expect(dataset.labels == [true, false] && dataset.statistics.ignoredKeys.isEmpty)
    #expect(try dataset[0].isDesirable && !dataset[1].isDesirable)
    #expect(try fixture.text(dataset[0].example) == Self.start + "A<|eot_id|>")
    #expect(try fixture.trained(dataset[0].example) == "A<|eot_id|>")
    #expect(try dataset.statistics.trainedTokens == 4 && dataset.line(1) == 2)
  }

  @Test(arguments: [
    #"{"messages": [{"role": "user", "content": "P"}, {"role": "assistant", "content": "O"}, "#
      + #"{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}], "label": false}"#,
    #"{"conversations": [{"from": "human", "value": "P"}, {"from": "gpt", "value": "O"}, "#
      + #"{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}], "kto_tag": false}"#,
  ])
  func theLastAnswerOfAConversationIsMeant(row: String) throws {
    let dataset = try fixture.labelled("\(row)\n\(row)")
    #expect(try fixture.trained(dataset[0].example) == "A<|eot_id|>" && dataset.labels == [false, false])
    #expect(try fixture.text(dataset[0].example).contains("Assistant: O<|eot_id|>User: Q"))
  }

  @Test func pairsAreTwoAnswers() throws {
    let dataset = try fixture.labelled(
      #"{"prompt": "Q", "chosen": "A", "rejected": "B"}"# + "\n" + #"{"prompt": "R", "chosen": "C", "rejected": "DD"}"#)
    #expect(dataset.count == 4 && dataset.labels == [true, false, true, false])
    #expect(
      try (0..<4).map { try fixture.trained(dataset[$0].example) } == ["A", "B", "C", "DD"].map { $0 + "<|eot_id|>" })
    #expect(try dataset.statistics.rows == 2 && dataset.statistics.examples == 4 && dataset.line(2) == 2)
    #expect(dataset.statistics.trainedTokens == 9)
  }

  @Test(arguments: [
    (#"{"prompt": "Q", "completion": "A"}"#, "data.json:2: has no label, expected \"label\" (or kto_tag, is_chosen)"),
    (
      #"{"prompt": "Q", "completion": "A", "label": "good"}"#,
      "\"label\" is the string \"good\", expected true for a good"
    ),
    (#"{"prompt": "Q", "completion": "A", "label": 2}"#, "\"label\" is the number 2, expected true for a good answer"),
    (#"{"prompt": "Q", "completion": "A", "label": true, "kto_tag": false}"#, "\"kto_tag\" contradicts \"label\""),
    (#"{"prompt": "Q", "completion": "A", "label": true, "weight": 0}"#, "\"weight\" is 0"),
    (#"{"prompt": "Q", "completion": [{"role": "user", "content": "A"}], "label": true}"#, "no message is an answer"),
    (#"{"prompt": "Q", "chosen": "A", "rejected": "B"}"#, "has the shape preference, expected prompt_completion"),
  ])
  func whatIsNoLabelledAnswerIsNamed(row: String, message: String) {
    #expect(problem(row).contains(message), "\(problem(row))")
  }

  @Test func aConversationThatEndsWithAQuestionIsRefused() {
    let row =
      #"{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}, "#
      + #"{"role": "user", "content": "R"}], "label": true}"#
    #expect(throws: InstructionDataError.self) { try fixture.labelled(row + "\n" + row) }
  }

  @Test func oneAnswerIsTooFew() throws {
    let path = try fixture.write(Self.bad)
    #expect(throws: InstructionDataError.noOtherAnswer(path: path)) { try fixture.openLabelled(path) }
  }

  /// Nobody who asks for pairs learns from them, nor does who asks for good answers.
  @Test func labelledAnswersAreForNothingElse() throws {
    let path = try fixture.write(#"{"prompt": "Q", "completion": "A", "label": true}"# + "\n" + Self.bad)
    let error = try #require(throws: InstructionDataError.self) { try fixture.openPairs(path) }
    #expect("\(error)".contains("data.json:1: has one answer, and \"label\" says whether it is good; expected pairs"))
    #expect("\(error)".contains("recipe: kto"))
    let other = try #require(throws: InstructionDataError.self) { try fixture.open(path) }
    #expect("\(other)".hasPrefix("\(path):2: \"label\" is false") && "\(other)".contains("recipe: kto"))
  }

  @Test func longAnswersFollowThePolicy() throws {
    var fixture = fixture
    fixture.template = .plain
    fixture.maximumSequenceLength = 8
    let path = try fixture.write(
      #"{"prompt": "Q", "chosen": "short", "rejected": "longer than eight"}"# + "\n"
        + #"{"prompt": "Q", "chosen": "A", "rejected": "B"}"#)
    #expect(throws: InstructionDataError.self) { try fixture.openLabelled(path) }
    let cut = try fixture.openLabelled(path) { $0.overlong = .truncate }
    #expect(cut.count == 4 && cut.statistics.truncatedRows == 1 && cut.statistics.lostTokens == 10)
    let dropped = try fixture.openLabelled(path) { $0.overlong = .drop }
    #expect(dropped.labels == [true, true, false])
  }

  // MARK: Micro-batches

  private func answers(_ count: Int) throws -> UnpairedDataset {
    try fixture.labelled(
      (0..<count).map { #"{"prompt": "p\#($0)", "completion": "a\#($0)", "label": \#($0 % 2 == 0)}"# }
        .joined(separator: "\n"))
  }

  private func texts(_ batch: TrainingBatch) throws -> [String] {
    try (0..<batch.batchSize).map { row in
      let tokens = batch.inputs[row * batch.sequenceLength..<(row + 1) * batch.sequenceLength]
      let text = String(decoding: try fixture.tokenizer().decode(Array(tokens)), as: UTF8.self)
      return [#/p\d+/#, #/a\d+/#].compactMap { text.firstMatch(of: $0).map { String($0.output) } }.joined(
        separator: " ")
    }
  }

  /// As TRL's add_kl_completion_ids: (x1, y1), …, (xn, yn) become (x1, yn), (x2, y1), …, (xn, yn−1).
  @Test func everyPromptGetsTheAnswerOfTheOneBefore() throws {
    let dataset = try answers(7)
    let batches = UnpairedBatches(dataset, batchSize: 3, seed: 2, epochs: 2)
    #expect(batches.batchCount == 6 && batches.batchesPerEpoch == 3)
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    var compositions: [[Int]] = []
    for number in 0..<6 {
      #expect(try batches.fill(&batch, number: number))
      let count = batch.batchSize / 2
      let numbers = Array(batch.exampleNumbers[..<count])
      #expect(Array(batch.exampleNumbers[count...]) == numbers)
      compositions.append(numbers)
      let texts = try texts(batch)
      #expect(texts[..<count] == numbers.map { "p\($0) a\($0)" }[...])
      if count > 1 {
        let rotated = [numbers[count - 1]] + numbers.dropLast()
        #expect(Array(texts[count...]) == zip(numbers, rotated).map { "p\($0) a\($1)" })
      } else {
        #expect(
          texts[1].hasPrefix("p\(numbers[0]) a") && texts[1] != texts[0], "a prompt that is alone gets another answer")
      }
      let half = batch.rows(count..<2 * count)
      #expect(half.predictedTokenCount > 0 && half.batchSize == count)
    }
    #expect(try !batches.fill(&batch, number: 6))
    #expect(Set(compositions[..<3].joined()) == Set(0..<7))
    #expect(Set(compositions[..<3]) == Set(compositions[3...]), "the reference knows these pairs only")
  }
}
