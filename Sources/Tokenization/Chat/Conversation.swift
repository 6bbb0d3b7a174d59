/// What has been said, and how it becomes a prompt.
package struct Conversation {
  package struct Turn {
    package let user: String
    package var assistant: String

    package init(user: String, assistant: String = "") { (self.user, self.assistant) = (user, assistant) }
  }

  /// How turns are told apart.
  package enum Form {
    case template(ChatTemplate)
    /// "User:" and "Assistant:", for models that were never taught a template.
    case marks

    private static let userMark = "User: "
    private static let assistantMark = "Assistant:"
    /// Where a model begins to speak for the user.
    package static let stop = "\nUser:"

    /// The template that was asked for; else the model's own; else plain marks.
    package init(asked: ChatTemplate?, stored: ChatTemplate?) {
      self = (asked ?? stored).map(Self.template) ?? .marks
    }

    fileprivate func tokens(
      _ turns: [Turn], system: String?, _ tokenizer: any Tokenizer
    ) throws -> [Int32] {
      switch self {
      case .template(let template):
        let beginning = system.map { [ChatMessage(role: .system, content: $0)] } ?? []
        let messages = turns.flatMap { turn in
          [ChatMessage(role: .user, content: turn.user), ChatMessage(role: .assistant, content: turn.assistant)]
        }
        // The last answer is yet to come.
        return try template.render(
          beginning + messages.dropLast(), tokenizer: tokenizer, addingGenerationPrompt: true
        ).tokens
      case .marks:
        let texts = turns.map { "\(Self.userMark)\($0.user)\n\(Self.assistantMark)\($0.assistant)" }
        return tokenizer.encode((system.map { $0 + "\n\n" } ?? "") + texts.joined(separator: "\n"))
      }
    }
  }

  package let form: Form
  package var system: String?
  package var turns: [Turn] = []

  package init(form: Form, system: String? = nil) { (self.form, self.system) = (form, system) }

  /// The tokens whose continuation is the next answer; the oldest turns go until they fit.
  /// - Returns: nil when the last turn alone does not fit; how many turns were left out.
  /// - Throws: `ChatTemplateError`.
  package func tokens(_ tokenizer: any Tokenizer, limit: Int) throws -> (tokens: [Int32], leftOut: Int)? {
    for first in turns.indices {
      let tokens = try form.tokens(Array(turns[first...]), system: system, tokenizer)
      if tokens.count <= limit { return (tokens, first) }
    }
    return nil
  }
}
