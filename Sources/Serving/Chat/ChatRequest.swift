import Inference
import Templates
import Tokenization

/// A conversation whose next answer is wanted.
public struct ChatRequest: Equatable, Sendable {
  public var messages: [ChatMessage]
  /// Descriptions of tools, for templates that know what to do with them.
  public var tools: JinjaValue
  /// What the template can read besides.
  public var templateVariables: JinjaDictionary

  public init(messages: [ChatMessage], tools: JinjaValue = .none, templateVariables: JinjaDictionary = [:]) {
    self.messages = messages
    self.tools = tools
    self.templateVariables = templateVariables
  }
}

/// A conversation as a model continues it.
public struct ChatPrompt: Equatable, Sendable {
  public let tokens: [Int32]
  /// What ends the answer.
  public let stopTokens: Set<Int32>
  public let stopStrings: [String]

  /// The options with the ends of an answer among their own.
  public func ending(_ options: GenerationOptions) -> GenerationOptions {
    var options = options
    options.stopTokens.formUnion(stopTokens)
    options.stopStrings += stopStrings
    return options
  }
}

/// Why a conversation cannot be written for a model.
public enum ChatRequestError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The model has no template, and the marks that stand in for one know a system text and turns alone.
  case needsTemplate(reason: String)

  public var description: String {
    switch self {
    case .needsTemplate(let reason):
      "the model has no chat template, and without one \(reason). Send an optional system message, then user and "
        + "assistant in turns, the user last."
    }
  }
}

extension ServedModel {
  /// Writes a conversation with the model's own template; for a model without, with "User:" and "Assistant:".
  /// - Throws: `ChatTemplateError`, `ChatRequestError`.
  public func prompt(for chat: ChatRequest) throws -> ChatPrompt {
    guard var template = chatTemplate else { return try promptWithMarks(chat) }
    template.variables = template.variables.merging(chat.templateVariables)
    let rendered = try template.render(
      chat.messages, tokenizer: tokenizer, tools: chat.tools, addingGenerationPrompt: true)
    return ChatPrompt(tokens: rendered.tokens, stopTokens: [try template.endTokenID(tokenizer)], stopStrings: [])
  }

  private func promptWithMarks(_ chat: ChatRequest) throws -> ChatPrompt {
    guard chat.tools == .none else { throw ChatRequestError.needsTemplate(reason: "tools cannot be described") }
    let system = chat.messages.first.flatMap { $0.role == .system ? $0.content : nil }
    let turns = try turns(Array(chat.messages.dropFirst(system == nil ? 0 : 1)))
    var conversation = Conversation(form: .marks, system: system)
    conversation.turns = turns
    guard let (tokens, _) = try conversation.tokens(tokenizer, limit: .max) else {
      throw ChatRequestError.needsTemplate(reason: "a conversation needs a message of the user")
    }
    return ChatPrompt(tokens: tokens, stopTokens: [], stopStrings: [Conversation.Form.stop])
  }

  private func turns(_ messages: [ChatMessage]) throws -> [Conversation.Turn] {
    var turns: [Conversation.Turn] = []
    for (index, message) in messages.enumerated() {
      let expected: ChatMessage.Role = index.isMultiple(of: 2) ? .user : .assistant
      guard message.role == expected else {
        throw ChatRequestError.needsTemplate(
          reason: "message \(index + 1) after the system text cannot be one of role \(message.role.rawValue)")
      }
      if expected == .user {
        turns.append(.init(user: message.content))
      } else {
        turns[turns.count - 1].assistant = message.content
      }
    }
    guard messages.count.isMultiple(of: 2) == false else {
      throw ChatRequestError.needsTemplate(reason: "the last message must be one of the user")
    }
    return turns
  }
}
