import Tokenization

/// Makes tokens of what rows say, and fits them into the sequences of a run.
struct ExampleBuilder: Sendable {
  let tokenizer: any Tokenizer
  let template: ChatTemplate
  let trainsOnInput: Bool
  var trainedAnswers = InstructionConfiguration.TrainedAnswers.all
  let overlong: InstructionConfiguration.Overlong
  /// Positions of the longest sequence. A row has one token more, since the last is only predicted.
  let maximumSequenceLength: Int

  /// With the variables of a configuration in the template.
  /// - Throws: `ChatTemplateError` for a missing special token, or a variable that the template does not read.
  init(
    _ configuration: InstructionConfiguration, tokenizer: any Tokenizer, template: ChatTemplate, trainsOnInput: Bool,
    maximumSequenceLength: Int
  ) throws {
    self.template = try template.setting(configuration.templateVariables)
    try self.template.requireSpecialTokens(of: tokenizer)
    (self.tokenizer, self.trainsOnInput, overlong) = (tokenizer, trainsOnInput, configuration.overlong)
    self.maximumSequenceLength = maximumSequenceLength
  }

  /// For answers that are compared with others: they cannot be split, and their prompts are never trained.
  /// - Throws: as `init`; `InstructionDataError.cannotSplitPairs`.
  static func ofWholeAnswers(
    _ configuration: InstructionConfiguration, tokenizer: any Tokenizer, template: ChatTemplate,
    maximumSequenceLength: Int
  ) throws -> ExampleBuilder {
    guard configuration.overlong != .split else {
      throw InstructionDataError.cannotSplitPairs(path: configuration.sources.spokenPaths)
    }
    return try ExampleBuilder(
      configuration, tokenizer: tokenizer, template: template, trainsOnInput: false,
      maximumSequenceLength: maximumSequenceLength)
  }

  var tokenLimit: Int { maximumSequenceLength + 1 }

  func example(_ content: RowReader.Content) throws(RowProblem) -> TokenizedExample {
    switch content {
    case .conversation(let conversation): return try example(conversation)
    case .text(let text):
      let tokens = tokenizer.encode(text) + [try rendering { try template.endTokenID(tokenizer) }]
      return TokenizedExample(tokens: tokens, isTrained: tokens.indices.map { $0 > 0 })
    }
  }

  func example(
    _ conversation: ReadConversation, trainingFrom first: Int = 0
  ) throws(RowProblem) -> TokenizedExample {
    var untrained = try untrainedAnswers(conversation.messages)
    if trainedAnswers == .last {
      let answers = conversation.messages.indices.filter { conversation.messages[$0].message.role == .assistant }
      untrained.formUnion(answers.dropLast())
    }
    let rendered = try rendering {
      try template.render(
        conversation.messages.map(\.message), tokenizer: tokenizer, tools: conversation.tools,
        trainsOnInput: trainsOnInput, firstTrainedMessage: first, untrainedMessages: untrained)
    }
    return TokenizedExample(tokens: rendered.tokens, isTrained: rendered.isTrained)
  }

  /// - Throws: `RowProblem.unsupported` for a mark that the run would not follow.
  private func untrainedAnswers(_ messages: [ReadMessage]) throws(RowProblem) -> Set<Int> {
    var result: Set<Int> = []
    for (index, message) in messages.enumerated() {
      guard let mark = message.mark else { continue }
      switch (message.message.role, mark.isLearnt) {
      case (.assistant, false): result.insert(index)
      case (.assistant, true): continue
      case (_, let isLearnt) where isLearnt != trainsOnInput:
        throw .unsupported(
          key: mark.key,
          reason: "in message \(index + 1), which is no answer, asks for it \(isLearnt ? "" : "not ")to be learnt; "
            + "dataset.train_on_input decides about all of them")
      default: continue
      }
    }
    return result
  }

  func example(_ pair: PreferenceReader.Pair) throws(RowProblem) -> PreferenceExample {
    func example(_ messages: [ReadMessage]) throws(RowProblem) -> TokenizedExample {
      try self.example(ReadConversation(messages: messages, tools: pair.tools), trainingFrom: pair.promptCount)
    }
    let result = PreferenceExample(chosen: try example(pair.chosen), rejected: try example(pair.rejected))
    if result.chosen.tokens == result.rejected.tokens { throw .sameAnswers }
    // Marks may leave an answer out.
    guard result.chosen.trainedTokenCount > 0, result.rejected.trainedTokenCount > 0 else { throw .nothingTrained }
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
