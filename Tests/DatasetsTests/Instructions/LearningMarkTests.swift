import Datasets
import Testing
import Tokenization

/// What rows and messages say about whether they are to be learnt.
@Suite struct LearningMarkTests {
  var fixture: InstructionFixture

  init() throws {
    fixture = try InstructionFixture()
    fixture.template = .bitnet
  }

  /// - Parameters: what stands in each message besides role and content.
  private func row(user: String = "", first: String = "", second: String = "") -> String {
    #"{"messages": [{"role": "user", "content": "Q"\#(user)}, {"role": "assistant", "content": "A"\#(first)}, "#
      + #"{"role": "user", "content": "R"}, {"role": "assistant", "content": "B"\#(second)}]}"#
  }

  private func problem(_ row: String, _ configure: (inout InstructionConfiguration) -> Void = { _ in }) -> String {
    do {
      _ = try fixture.dataset(row, configure)
      return "none"
    } catch {
      return "\(error)"
    }
  }

  private static let notLearnt = [
    #""weight": 0"#, #""weight": 0.0"#, #""train": false"#, #""training": false"#, #""trainable": false"#,
    #""train_on": false"#, #""loss": false"#, #""loss_weight": 0.0"#, #""loss_mask": 0"#, #""mask": true"#,
    #""masked": true"#, #""weight": 0, "train": false"#,
  ]
  private static let learnt = [
    #""weight": 1"#, #""weight": 1.0"#, #""train": true"#, #""loss": true"#, #""loss_mask": 1"#, #""masked": false"#,
    #""mask": false"#, #""weight": null"#,
  ]

  @Test(arguments: notLearnt) func answersThatAreNotToBeLearntAreNot(mark: String) throws {
    let dataset = try fixture.dataset(row(first: ", " + mark))
    #expect(try fixture.trained(dataset[0]) == "B<|eot_id|>")
    #expect(dataset.statistics.ignoredKeys.isEmpty)
    #expect(try fixture.text(dataset[0]) == fixture.text(fixture.dataset(row())[0]), "it is still what B answers to")
    let whole = try fixture.dataset(row(first: ", " + mark)) { $0.trainsOnInput = true }
    #expect(try fixture.trained(whole[0]).contains("Assistant: User: R<|eot_id|>Assistant: B<|eot_id|>"))
    #expect(problem(row(first: ", " + mark, second: ", " + mark)).contains("none of its tokens is trained"))
  }

  @Test(arguments: learnt) func answersThatAreToBeLearntAre(mark: String) throws {
    #expect(try fixture.trained(fixture.dataset(row(first: ", " + mark))[0]) == "A<|eot_id|>B<|eot_id|>")
  }

  @Test(arguments: [
    (
      #""weight": 0.5"#,
      "\"weight\" in message 2 is the number 0.5, expected 0 or false (not learnt), 1 or true (learnt)"
    ),
    (#""loss": 2.31"#, "\"loss\" in message 2 is the number 2.31"),
    (#""train": "no""#, "\"train\" in message 2 is the string \"no\""),
    (#""mask": 1"#, "\"mask\" in message 2 is the number 1, expected true (not learnt) or false (learnt)"),
    (#""weight": 1, "train": false"#, "\"train\" in message 2 contradicts \"weight\""),
  ])
  func marksThatCannotBeFollowedAreRefused(mark: String, reason: String) {
    #expect(problem(row(first: ", " + mark)).contains(reason), "\(problem(row(first: ", " + mark)))")
  }

  /// Inputs are learnt all or none.
  @Test func marksOfInputsAreFollowedOrRefused() throws {
    #expect(try fixture.trained(fixture.dataset(row(user: #", "weight": 0"#))[0]) == "A<|eot_id|>B<|eot_id|>")
    #expect(problem(row(user: #", "train": true"#)).contains("which is no answer, asks for it to be learnt"))
    _ = try fixture.dataset(row(user: #", "train": true"#)) { $0.trainsOnInput = true }
    let refused = problem(row(user: #", "weight": 0"#)) { $0.trainsOnInput = true }
    #expect(refused.contains("asks for it not to be learnt; dataset.train_on_input decides"), "\(refused)")
  }

  @Test func answersOfPairsAreNotLeftOut() throws {
    let answer = #"[{"role": "assistant", "content": "A", "weight": 0}]"#
    let error = try #require(throws: InstructionDataError.self) {
      try fixture.pairs(#"{"prompt": "Q", "chosen": \#(answer), "rejected": "B"}"#)
    }
    #expect("\(error)".contains("none of its tokens is trained"))
  }

  @Test(arguments: [
    #""label": false"#, #""kto_tag": false"#, #""kto_tag": 0"#, #""is_chosen": false"#, #""is_chosen": 0"#,
    #""weight": 0"#, #""weight": 0.0"#, #""loss_weight": 0"#, #""train": false"#, #""trainable": false"#,
  ])
  func badAnswersAreNotLearnt(label: String) {
    let key = String(label.prefix { $0 != ":" })
    let problem = problem(#"{"prompt": "Q", "completion": "A", \#(label)}"#)
    #expect(problem.contains("data.json:1: \(key) is "), "\(problem)")
    #expect(problem.contains("is not to be learnt, or its answer is a bad one"), "\(problem)")
  }

  @Test func otherLabelsAreTold() throws {
    func ignored(_ label: String) throws -> [String] {
      try fixture.dataset(#"{"prompt": "Q", "completion": "A", \#(label)}"#).statistics.ignoredKeys
    }
    for good in [#""label": true"#, #""kto_tag": true"#, #""is_chosen": 1"#, #""weight": 1.0"#] {
      #expect(try ignored(good).isEmpty, "\(good)")
    }
    // A class of its own, not a judgement.
    #expect(try ignored(#""label": 0"#) == ["label"] && ignored(#""label": "joke""#) == ["label"])
    #expect(problem(#"{"prompt": "Q", "completion": "A", "weight": 0.5}"#).contains("every row counts the same"))
    #expect(try fixture.dataset(#"{"text": "T", "label": false}"#).statistics.ignoredKeys == ["label"])
  }
}
