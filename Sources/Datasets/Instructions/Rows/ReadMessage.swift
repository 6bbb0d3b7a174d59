import Templates
import Tokenization

/// A message of a row, with what is not for the template.
struct ReadMessage: Equatable {
  var message: ChatMessage
  /// Whether the row says that it is to be learnt, or not to be.
  var mark: LearningMark?
  /// Keys of which nothing was made, from the top of the row.
  var unusedKeys: [String] = []

  init(_ message: ChatMessage, mark: LearningMark? = nil, unusedKeys: [String] = []) {
    (self.message, self.mark, self.unusedKeys) = (message, mark, unusedKeys)
  }

  init(_ role: ChatMessage.Role, _ content: String) { self.init(ChatMessage(role: role, content: content)) }

  /// Whether it says something, or calls a tool.
  var isAnswer: Bool {
    // Templates remove white space at the ends, and an answer of nothing else is no answer in any of them.
    message.content.contains { !$0.isWhitespace } || message.fields["tool_calls"] != nil
  }
}

/// The messages of a row, and the tools that they may call.
struct ReadConversation: Equatable {
  var messages: [ReadMessage]
  var tools = JinjaValue.none
}
