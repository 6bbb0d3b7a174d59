import Foundation
import Tokenization

/// What has been said, and how it becomes a prompt.
struct Conversation {
  struct Turn {
    let user: String
    var assistant: String
  }

  private static let userMark = "User: "
  private static let assistantMark = "Assistant:"
  /// Where the model begins to speak for the user.
  static let stop = "\nUser:"

  /// nil: turns are marked in plain text.
  let template: ChatTemplate?
  var system: String?
  var turns: [Turn] = []

  /// The text whose continuation is the next answer, for models without a template.
  private var prompt: String {
    let start = system.map { $0 + "\n\n" } ?? ""
    return start
      + turns.map { "\(Self.userMark)\($0.user)\n\(Self.assistantMark)\($0.assistant)" }.joined(separator: "\n")
  }

  /// All that was said. The answer that is due is not among it.
  private var messages: [ChatMessage] {
    let start = system.map { [ChatMessage(role: .system, content: $0)] } ?? []
    let said = turns.flatMap { turn in
      [ChatMessage(role: .user, content: turn.user), ChatMessage(role: .assistant, content: turn.assistant)]
    }
    return start + said.dropLast()
  }

  private func tokens(_ tokenizer: ByteTokenizer) throws -> [Int32] {
    guard let template else { return tokenizer.encode(prompt) }
    return try template.render(messages, tokenizer: tokenizer, addingGenerationPrompt: true).tokens
  }

  /// The tokens of the prompt; the oldest turns go until they fit.
  /// - Returns: nil when the last turn alone does not fit; how many turns were left out.
  /// - Throws: `ChatTemplateError`.
  func tokens(_ tokenizer: ByteTokenizer, limit: Int) throws -> (tokens: [Int32], leftOut: Int)? {
    var kept = self
    while true {
      let tokens = try kept.tokens(tokenizer)
      if tokens.count <= limit { return (tokens, turns.count - kept.turns.count) }
      guard kept.turns.count > 1 else { return nil }
      kept.turns.removeFirst()
    }
  }
}
