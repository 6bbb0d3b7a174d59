import Tokenization

/// Makes tokens of what rows say, and fits them into the sequences of a run.
struct ExampleBuilder: Sendable {
  let tokenizer: any Tokenizer
  let template: ChatTemplate
  let trainsOnInput: Bool
  let overlong: InstructionConfiguration.Overlong
  /// Positions of the longest sequence. A row has one token more, since the last is only predicted.
  let maximumSequenceLength: Int

  var tokenLimit: Int { maximumSequenceLength + 1 }

  func example(_ content: RowReader.Content) throws(RowProblem) -> TokenizedExample {
    switch content {
    case .conversation(let messages): return try example(messages)
    case .text(let text):
      let tokens = tokenizer.encode(text) + [try rendering { try template.endTokenID(tokenizer) }]
      return TokenizedExample(tokens: tokens, isTrained: tokens.indices.map { $0 > 0 })
    }
  }

  func example(_ messages: [ChatMessage], trainingFrom first: Int = 0) throws(RowProblem) -> TokenizedExample {
    let rendered = try rendering {
      try template.render(
        messages, tokenizer: tokenizer, trainsOnInput: trainsOnInput, firstTrainedMessage: first)
    }
    return TokenizedExample(tokens: rendered.tokens, isTrained: rendered.isTrained)
  }

  func example(_ pair: PreferenceReader.Pair) throws(RowProblem) -> PreferenceExample {
    let result = PreferenceExample(
      chosen: try example(pair.chosen, trainingFrom: pair.promptCount),
      rejected: try example(pair.rejected, trainingFrom: pair.promptCount))
    if result.chosen.tokens == result.rejected.tokens { throw .sameAnswers }
    return result
  }

  private func rendering<Result>(_ body: () throws -> Result) throws(RowProblem) -> Result {
    do {
      return try body()
    } catch let error as ChatTemplateError {
      throw .template(error)
    } catch {
      throw .unsupported(key: "row", reason: "cannot be written as tokens: \(error)")
    }
  }
}
