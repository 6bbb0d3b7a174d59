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
  /// The marks follow from where messages begin and end; nothing is searched for. Contents are encoded apart from what
  /// surrounds them, as plain text, so that they never contain special tokens.
  /// - Parameters:
  ///   - addingGenerationPrompt: appends the beginning of an answer, for the model to go on from.
  ///   - trainsOnInput: marks all tokens but the first.
  ///   - firstTrainedMessage: what the assistant says before this message is not marked.
  /// - Throws: `ChatTemplateError`.
  public func render(
    _ messages: [ChatMessage], tokenizer: some Tokenizer, addingGenerationPrompt: Bool = false,
    trainsOnInput: Bool = false, firstTrainedMessage: Int = 0
  ) throws -> RenderedConversation {
    guard !messages.isEmpty else { throw ChatTemplateError.noMessages(template: self) }
    let parts = parts
    var result = RenderedConversation()
    func append(_ pieces: [ChatTemplateParts.Piece], trained: Bool = false) throws {
      for piece in pieces { result.append(try tokens(of: piece, tokenizer), trained: trained || trainsOnInput) }
    }
    try append(parts.beginning)
    for (index, message) in messages.enumerated() {
      guard let turn = parts.turns[message.role] else {
        throw ChatTemplateError.inexpressibleRole(template: self, role: message.role, messageIndex: index)
      }
      let isAnswer = message.role == .assistant && index >= firstTrainedMessage
      try append(turn.opening)
      let content = content(of: message)
      result.append(tokenizer.encode(content), trained: isAnswer || trainsOnInput)
      try append(Array(turn.closing.prefix(1)), trained: isAnswer)
      try append(Array(turn.closing.dropFirst()))
    }
    if addingGenerationPrompt { try append(parts.generationPrompt) }
    if !result.isTrained.isEmpty { result.isTrained[0] = false }
    return result
  }

  /// The content of a message as the template writes it.
  public func content(of message: ChatMessage) -> String {
    parts.isTrimming ? Self.trimmed(message.content) : message.content
  }

  /// The content of a user's message that consists of an instruction and what it is about.
  public func content(instruction: String, input: String) -> String {
    if input.isEmpty { return instruction }
    return self == .alpaca ? "\(instruction)\n\n### Input:\n\(input)" : "\(instruction)\n\n\(input)"
  }

  /// The id of the token that ends an answer.
  /// - Throws: `ChatTemplateError.missingSpecialToken`.
  public func endTokenID(_ tokenizer: some Tokenizer) throws -> Int32 { try id(of: endToken, tokenizer) }

  /// - Throws: `ChatTemplateError.missingSpecialToken` unless the tokenizer has all tokens of the template.
  public func requireSpecialTokens(of tokenizer: some Tokenizer) throws {
    for text in specialTokens { _ = try id(of: text, tokenizer) }
  }

  private func tokens(of piece: ChatTemplateParts.Piece, _ tokenizer: some Tokenizer) throws -> [Int32] {
    switch piece {
    case .text(let text): tokenizer.encode(text)
    case .special(let text): [try id(of: text, tokenizer)]
    }
  }

  private func id(of text: String, _ tokenizer: some Tokenizer) throws -> Int32 {
    guard let id = tokenizer.specialTokenID(text) else {
      throw ChatTemplateError.missingSpecialToken(
        template: self, text: text, known: tokenizer.specialTokens.map(\.text))
    }
    return id
  }

  /// Without the white space around it, as Python's `strip` and with it Jinja's `trim` understand it.
  private static func trimmed(_ text: String) -> String {
    func isSpace(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isSpace($0) }),
      let last = scalars.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(scalars[first...last])
  }
}
