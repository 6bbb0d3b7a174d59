import Tokenization

/// Conversations for tests.
enum Conversations {
  static func tokenizer(_ template: ChatTemplate) throws -> ByteTokenizer {
    try ByteTokenizer().adding(specialTokens: template.specialTokens, endOfSequence: template.endToken)
  }

  static let fixtures: [[ChatMessage]] = [
    [user("Hello"), assistant("Hi.")],
    [system("Be brief."), user("What is 2 + 2?"), assistant("4"), user("And 3 + 3?"), assistant("It's 6.")],
    [user("  spaces around \n"), assistant("\n kept or not \t")],
    [system("Ünïcode 日本語 😀"), user("line\nbreaks\r\nof both kinds"), assistant("\"quoted\" {{ braces }} {% tags %}")],
    [user("unanswered")],
  ]

  static func system(_ text: String) -> ChatMessage { ChatMessage(role: .system, content: text) }
  static func user(_ text: String) -> ChatMessage { ChatMessage(role: .user, content: text) }
  static func assistant(_ text: String) -> ChatMessage { ChatMessage(role: .assistant, content: text) }

  /// Up to eight messages in any order, of any characters, among them what looks like markup.
  static func random(using random: inout some RandomNumberGenerator, roles: [ChatMessage.Role]) -> [ChatMessage] {
    let words = [
      "Assistant: ", "User: ", "<|eot_id|>", "<|im_end|>\n", "### Response:\n", "\n\n", " ", "cat", "é", "😀", "<|", "0",
      "\u{1F}", "\r\n", "<|endoftext|>", "a\u{301}",
    ]
    return (0..<Int.random(in: 1...8, using: &random)).map { _ in
      let content = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        words[Int.random(in: 0..<words.count, using: &random)]
      }
      return ChatMessage(role: roles[Int.random(in: 0..<roles.count, using: &random)], content: content.joined())
    }
  }
}
