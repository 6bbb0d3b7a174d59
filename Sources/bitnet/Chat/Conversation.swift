import Foundation
import Tokenization

/// What has been said, and how it becomes a prompt.
struct Conversation {
  struct Turn {
    let user: String
    var assistant: String
  }

  /// How turns are told apart.
  enum Form {
    case template(ChatTemplate)
    /// "User:" and "Assistant:", for models that were never taught a template.
    case marks

    private static let userMark = "User: "
    private static let assistantMark = "Assistant:"
    /// Where a model begins to speak for the user.
    static let stop = "\nUser:"

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

  let form: Form
  var system: String?
  var turns: [Turn] = []

  /// The tokens whose continuation is the next answer; the oldest turns go until they fit.
  /// - Returns: nil when the last turn alone does not fit; how many turns were left out.
  /// - Throws: `ChatTemplateError`.
  func tokens(_ tokenizer: any Tokenizer, limit: Int) throws -> (tokens: [Int32], leftOut: Int)? {
    for first in turns.indices {
      let tokens = try form.tokens(Array(turns[first...]), system: system, tokenizer)
      if tokens.count <= limit { return (tokens, first) }
    }
    return nil
  }
}
