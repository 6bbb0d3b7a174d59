import Templates

/// A conversation as tokens.
public struct RenderedConversation: Equatable, Sendable {
  public internal(set) var tokens: [Int32] = []
  /// Per token whether training teaches it; never true for the first, which nothing precedes.
  public internal(set) var isTrained: [Bool] = []

  mutating func append(_ tokens: some Collection<Int32>, trained: Bool) {
    self.tokens += tokens
    isTrained += repeatElement(trained, count: tokens.count)
  }
}

extension ChatTemplate {
  /// Writes a conversation as tokens and marks what is learnt from it: what the assistant says, and the token that
  /// ends each answer.
  ///
  /// The text is the template's. Answers are what stands between the prompt that asks for them and the end of their turn,
  /// or what `{% generation %}` marks; where that is not certain, the conversation is refused. Each answer is encoded
  /// apart from its prompt, as when a model goes on from one. Contents never become special tokens, whatever they say.
  /// - Parameters:
  ///   - tools: descriptions of tools, for templates that know what to do with them.
  ///   - addingGenerationPrompt: appends the beginning of an answer, for the model to go on from.
  ///   - trainsOnInput: marks all tokens but the first.
  ///   - firstTrainedMessage: what the assistant says before this message is not marked.
  ///   - untrainedMessages: answers that are not marked, even with `trainsOnInput`.
  /// - Throws: `ChatTemplateError`.
  public func render(
    _ messages: [ChatMessage], tokenizer: some Tokenizer, tools: JinjaValue = .none,
    addingGenerationPrompt: Bool = false, trainsOnInput: Bool = false, firstTrainedMessage: Int = 0,
    untrainedMessages: Set<Int> = []
  ) throws -> RenderedConversation {
    guard !messages.isEmpty else { throw ChatTemplateError.noMessages(template: self) }
    try requireSpecialTokens(of: tokenizer)
    for (index, message) in messages.enumerated() where !roles.contains(message.role) {
      throw ChatTemplateError.inexpressibleRole(template: self, role: message.role, messageIndex: index)
    }
    let template = completed(for: tokenizer)
    let specials = SpecialTokenTexts(tokenizer.specialTokens)
    let conversation = GuardedConversation(template, messages, tools: tools, specials)
    let (text, generationRanges) = try conversation.rendering(first: messages.count, prompt: addingGenerationPrompt)
    try requireTools(tools, and: messages, in: conversation.unguarded(text[...]))
    let answers = AnswerSpans(
      conversation: conversation, roles: messages.map(\.role), contents: messages.map(\.content),
      endTokenID: try? endTokenID(tokenizer), hasPrompt: addingGenerationPrompt)
    // Only training needs to know where answers are; a prompt is cut there so that it has the tokens of training.
    let spans = try answers.spans(in: text, generationRanges: generationRanges) { index in
      // Inputs that are trained must not hold an answer that is not: that one must be found too.
      !addingGenerationPrompt && index >= firstTrainedMessage && (trainsOnInput || !untrainedMessages.contains(index))
    }
    var result = RenderedConversation()
    var position = 0
    for span in spans {
      append(text[position..<span.range.lowerBound], of: conversation, tokenizer, trainsOnInput, &result)
      let isTrained = span.messageIndex >= firstTrainedMessage && !addingGenerationPrompt
      let isLeftOut = untrainedMessages.contains(span.messageIndex)
      append(text[span.range], of: conversation, tokenizer, (isTrained || trainsOnInput) && !isLeftOut, &result)
      position = span.range.upperBound
    }
    append(text[position...], of: conversation, tokenizer, trainsOnInput, &result)
    if !result.isTrained.isEmpty { result.isTrained[0] = false }
    return result
  }

  private func append(
    _ bytes: ArraySlice<UInt8>, of conversation: GuardedConversation, _ tokenizer: some Tokenizer, _ isTrained: Bool,
    _ result: inout RenderedConversation
  ) {
    let bytes = Array(bytes)
    for piece in conversation.specials.pieces(of: bytes) {
      switch piece {
      case .special(let id, _): result.append([id], trained: isTrained)
      case .text(let range):
        result.append(tokenizer.encode(bytes: conversation.unguarded(bytes[range])), trained: isTrained)
      }
    }
  }

  /// With what the tokenizer knows of the variables that templates use.
  private func completed(for tokenizer: some Tokenizer) -> ChatTemplate {
    guard traits == nil, variables["eos_token"] == nil, let id = tokenizer.endOfSequenceTokenID,
      let token = tokenizer.specialTokens.first(where: { $0.id == id })
    else { return self }
    var result = self
    result.variables["eos_token"] = .string(token.text)
    return result
  }

  // MARK: - Special tokens

  /// The id of the token that ends an answer: for a template that is not built in the first special token that it writes
  /// behind one, else the tokenizer's end of text.
  /// - Throws: `ChatTemplateError.missingSpecialToken`, `noEndToken`.
  public func endTokenID(_ tokenizer: some Tokenizer) throws -> Int32 {
    if let endToken { return try id(of: endToken, tokenizer) }
    let template = completed(for: tokenizer)
    func text(_ answer: String) throws -> [UInt8] {
      let question = ChatMessage(role: .user, content: "Question")
      return Array(try template.text([question, ChatMessage(role: .assistant, content: answer)]).utf8)
    }
    // What two conversations have in common at their ends stands behind the answers, whatever becomes of those.
    if let one = try? text("one"), let two = try? text("two") {
      let common = zip(one.reversed(), two.reversed()).prefix { $0 == $1 }.count
      let pieces = SpecialTokenTexts(tokenizer.specialTokens).pieces(of: Array(one.suffix(common)))
      for case .special(let id, _) in pieces { return id }
    }
    guard let id = tokenizer.endOfSequenceTokenID else { throw ChatTemplateError.noEndToken(template: self) }
    return id
  }

  /// - Throws: `ChatTemplateError.missingSpecialToken` unless the tokenizer has all tokens of the template.
  public func requireSpecialTokens(of tokenizer: some Tokenizer) throws {
    for text in specialTokens { _ = try id(of: text, tokenizer) }
  }

  private func id(of text: String, _ tokenizer: some Tokenizer) throws -> Int32 {
    guard let id = tokenizer.specialTokenID(text) else {
      throw ChatTemplateError.missingSpecialToken(
        template: self, text: text, known: tokenizer.specialTokens.map(\.text))
    }
    return id
  }
}
