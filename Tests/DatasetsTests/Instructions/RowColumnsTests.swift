import Datasets
import Testing
import Tokenization

/// `dataset.columns`, and which answers are trained.
@Suite struct RowColumnsTests {
  let fixture: InstructionFixture

  init() throws { fixture = try InstructionFixture() }

  private func dataset(_ row: String, _ columns: [String: String]) throws -> InstructionDataset {
    try fixture.dataset(row) { $0.columns = RowColumns(columns) }
  }

  @Test(
    arguments: [
      (#"{"question": "Q", "answer": "A"}"#, ["prompt": "question", "completion": "answer"], []),
      (#"{"data": {"q": "Q", "a": "A"}}"#, ["prompt": "data.q", "completion": "data.a"], []),
      (
        #"{"data": {"q": "Q", "a": "A", "n": 1}, "x": 2}"#, ["prompt": "data.q", "completion": "data.a"],
        ["data.n", "x"]
      ),
      (
        #"{"a": {"b": {"q": "Q", "m": 1}, "a": "A", "n": {"o": 2}}}"#, ["prompt": "a.b.q", "completion": "a.a"],
        ["a.b.m", "a.n"]
      ),
      (#"{"data.q": "Q", "data": {"q": "no", "a": "A"}}"#, ["prompt": "data.q", "completion": "data.a"], ["data.q"]),
      (#"{"prompt": "A", "completion": "Q"}"#, ["prompt": "completion", "completion": "prompt"], []),
      (
        #"{"turns": {"list": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]}}"#,
        ["messages": "turns.list"], []
      ),
    ] as [(String, [String: String], [String])])
  func valuesLieElsewhere(row: String, columns: [String: String], unused: [String]) throws {
    let dataset = try dataset(row, columns)
    #expect(try fixture.text(dataset[0]) == "QA<|endoftext|>" && fixture.trained(dataset[0]) == "A<|endoftext|>")
    #expect(dataset.statistics.ignoredKeys == unused)
  }

  @Test func missingColumnsAreNamedAsTheFileHasThem() throws {
    let columns = ["prompt": "data.q", "completion": "answer"]
    let error = try #require(throws: InstructionDataError.self) {
      try dataset(#"{"data": {"q": "Q"}, "answer": "A"}"# + "\n" + #"{"data": {}, "answer": "A"}"#, columns)
    }
    #expect(
      "\(error)".contains(#"data.json:2: has no "data.q", where dataset.columns says that "prompt" is"#), "\(error)")
    let wrong = try #require(throws: InstructionDataError.self) {
      try dataset(#"{"data": {"q": "Q"}, "answer": 7}"#, columns)
    }
    #expect("\(wrong)".contains(#""answer" is the number 7, expected a string"#), "\(wrong)")
  }

  @Test func columnsBelongToTheFingerprint() throws {
    let row = #"{"a": "Q", "b": "A", "c": "C"}"#
    let (first, second) = (["prompt": "a", "completion": "b"], ["prompt": "a", "completion": "c"])
    #expect(try dataset(row, first).fingerprint != dataset(row, second).fingerprint)
    let plain = #"{"prompt": "Q", "completion": "A"}"#
    #expect(try dataset(plain, [:]).fingerprint == fixture.dataset(plain).fingerprint)
  }

  @Test func theLastAnswerAloneIsTrained() throws {
    let row =
      #"{"messages": [{"role": "user", "content": "P"}, {"role": "assistant", "content": "O"}, "#
      + #"{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]}"#
    let (all, last) = (try fixture.dataset(row), try fixture.dataset(row) { $0.trainedAnswers = .last })
    #expect(try fixture.trained(all[0]) == "O<|endoftext|>A<|endoftext|>")
    #expect(try fixture.trained(last[0]) == "A<|endoftext|>" && fixture.text(last[0]) == fixture.text(all[0]))
    #expect(all.fingerprint != last.fingerprint)
  }
}
