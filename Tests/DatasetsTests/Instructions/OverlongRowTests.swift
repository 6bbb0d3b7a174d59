import Datasets
import Testing
import Tokenization

@Suite struct OverlongRowTests {
  var fixture: InstructionFixture

  init() throws {
    fixture = try InstructionFixture()
    fixture.maximumSequenceLength = 16
  }

  /// Prompts of two tokens, answers, end tokens: 8, 17, 18 and 45 tokens, where 17 fit.
  private let lines = InstructionFixture.lines(answerLengths: [5, 14, 15, 42])

  @Test func isAnErrorByDefault() throws {
    let path = try fixture.write(lines)
    #expect {
      try fixture.open(path)
    } throws: { error in
      guard case .rows(path, let reports, 2) = error as? InstructionDataError else { return false }
      #expect(reports.map(\.line) == [3, 4])
      #expect(reports.map(\.problem) == [.tooLong(tokens: 18, limit: 17), .tooLong(tokens: 45, limit: 17)])
      return "\(error)".contains("dataset.overlong")
    }
  }

  @Test func droppedRowsAreCounted() throws {
    let dataset = try fixture.dataset(lines) { $0.overlong = .drop }
    let statistics = dataset.statistics
    #expect(dataset.count == 2 && statistics.rows == 4 && statistics.droppedRows == 2 && statistics.overlongRows == 2)
    #expect(statistics.longestRow == 45 && statistics.tokens == 25)
    #expect(statistics.lostTokens == 63 && statistics.lostTrainedTokens == 16 + 43)
  }

  @Test func truncatedRowsKeepTheirBeginning() throws {
    let dataset = try fixture.dataset(lines) { $0.overlong = .truncate }
    #expect(dataset.count == 4 && dataset.statistics.truncatedRows == 2)
    #expect(try fixture.trained(dataset[2]) == "abcdefghijabcde")
    #expect(dataset.statistics.lostTokens == 1 + 28 && dataset.statistics.lostTrainedTokens == 1 + 28)
    #expect(dataset.statistics.tokens == 8 + 3 * 17)
  }

  /// What is left of such a row teaches nothing, and is counted as dropped.
  @Test func aQuestionAloneIsNotKept() throws {
    let long = #"{"prompt": "a question of more than sixteen bytes", "completion": "yes"}"#
    let dataset = try fixture.dataset(lines + "\n" + long) { $0.overlong = .truncate }
    #expect(dataset.count == 4 && dataset.statistics.droppedRows == 1 && dataset.statistics.truncatedRows == 2)
    let path = try fixture.write(long)
    #expect(throws: InstructionDataError.nothingLeft(path: path, rows: 1, limit: 17)) {
      try fixture.open(path) { $0.overlong = .truncate }
    }
  }

  @Test func splitRowsKeepEveryTrainedToken() throws {
    let long = #"{"prompt": "\#(String(repeating: "q", count: 40))", "completion": "answer"}"#
    let dataset = try fixture.dataset(lines + "\n" + long) { $0.overlong = .split }
    let statistics = dataset.statistics
    #expect(statistics.splitRows == 3 && statistics.overlongRows == 3 && statistics.lostTrainedTokens == 0)
    #expect(dataset.count == 2 + 2 + 3 + 1)
    let texts = try (0..<dataset.count).map { try fixture.trained(dataset[$0]) }
    #expect(texts[2] + texts[3] == "abcdefghijabcde<|endoftext|>")
    #expect(texts[4] + texts[5] + texts[6] == String(repeating: "abcdefghij", count: 4) + "ab<|endoftext|>")
    #expect(texts[7] == "answer<|endoftext|>")
    // Each part begins with the token before it; of the last row only the last 15 of 47 tokens are kept.
    #expect(try dataset[3].tokens.count == 2 && fixture.text(dataset[7]).hasPrefix("qqqqqqqq"))
    #expect(statistics.lostTokens == 47 - 15)
  }
}
