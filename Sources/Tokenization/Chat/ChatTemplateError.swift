/// Why a conversation cannot be written with a chat template.
public enum ChatTemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  case noMessages(template: ChatTemplate)
  /// The vocabulary lacks a token that the template is made of.
  case missingSpecialToken(template: ChatTemplate, text: String, known: [String])
  /// The template has no words for a role.
  case inexpressibleRole(template: ChatTemplate, role: ChatMessage.Role, messageIndex: Int)

  public var description: String {
    switch self {
    case .noMessages(let template):
      "chat template \(template.rawValue): the conversation has no message. Expected at least one."
    case .missingSpecialToken(let template, let text, let known):
      """
      chat template \(template.rawValue): the tokenizer has no special token \(text) (it has \
      \(known.isEmpty ? "none" : known.joined(separator: ", "))). Add \
      \(template.specialTokens.joined(separator: ", ")) to its special tokens, or choose a template made of those it has.
      """
    case .inexpressibleRole(let template, let role, let messageIndex):
      """
      chat template \(template.rawValue): message \(messageIndex + 1) has the role \(role.rawValue), which this \
      template cannot express. Choose one that can (\(ChatTemplate.names(expressing: role))), or remove the message.
      """
    }
  }
}
