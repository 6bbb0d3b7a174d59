import Templates

/// Why a conversation cannot be written with a chat template.
public enum ChatTemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  case noMessages(template: ChatTemplate)
  /// The vocabulary lacks a token that the template is made of.
  case missingSpecialToken(template: ChatTemplate, text: String, known: [String])
  /// The template has no words for a role.
  case inexpressibleRole(template: ChatTemplate, role: ChatMessage.Role, messageIndex: Int)
  /// The template cannot be read or rendered, or it refuses the conversation itself.
  case jinja(template: String, JinjaError)
  /// It is not sure which part of the text is an answer.
  case unclearAnswer(template: ChatTemplate, messageIndex: Int, reason: String)
  /// A message contains the text of a special token, and the template does not pass it on as it is.
  case specialTextInContent(template: ChatTemplate)
  /// Neither the template nor the tokenizer has a token that ends an answer.
  case noEndToken(template: ChatTemplate)
  /// A variable that is given has no effect.
  case unusableVariable(template: ChatTemplate, name: String)
  /// The template does not know of tools, or of their calls.
  case noTools(template: ChatTemplate, what: String)
  /// The template knows of tools, but the text of a conversation lacks one of its own.
  case unwrittenTool(template: ChatTemplate, name: String)

  public var description: String {
    switch self {
    case .noMessages(let template):
      "chat template \(template.name): the conversation has no message. Expected at least one."
    case .missingSpecialToken(let template, let text, let known):
      """
      chat template \(template.name): the tokenizer has no special token \(text) (it has \
      \(known.isEmpty ? "none" : known.joined(separator: ", "))). Add \
      \(template.specialTokens.joined(separator: ", ")) to its special tokens, or choose a template made of those it has.
      """
    case .inexpressibleRole(let template, let role, let messageIndex):
      """
      chat template \(template.name): message \(messageIndex + 1) has the role \(role.rawValue), which this \
      template cannot express. Choose one that can (\(ChatTemplate.names(expressing: role))), or remove the message.
      """
    case .jinja(let template, let error):
      error.kind == .raised
        ? "chat template \(template) refuses the conversation: \(error)"
        : "chat template \(template): \(error)"
    case .unclearAnswer(let template, let messageIndex, let reason):
      """
      chat template \(template.name): it is not clear which tokens are the answer in message \(messageIndex + 1): \
      \(reason). Cut the conversation after its first answer, mark answers with {% generation %} in the template, or \
      choose another template (\(ChatTemplate.builtInNames)).
      """
    case .specialTextInContent(let template):
      """
      chat template \(template.name): a message contains the text of a special token, and the template changes or looks \
      for it, so that it cannot be kept apart from the template's own. Remove it from the message.
      """
    case .noEndToken(let template):
      """
      chat template \(template.name): no special token follows an answer, and the tokenizer has none that ends a text. \
      Choose another template (\(ChatTemplate.builtInNames)).
      """
    case .noTools(let template, let what):
      """
      chat template \(template.name): has no words for \(what), which would be left out. Choose a template that reads \
      tools and tool_calls, such as one that comes with a model trained on them, or remove them from the row.
      """
    case .unwrittenTool(let template, let name):
      """
      chat template \(template.name): the text of the conversation lacks the tool \(name), which is described or called in \
      it. Expected it in the text; choose another template, or remove it from the row.
      """
    case .unusableVariable(let template, let name):
      ChatTemplate.ownVariables.contains(name)
        ? """
        chat template \(template.name): the variable \(name) is set by each conversation. Remove it from the \
        variables of the template.
        """
        : """
        chat template \(template.name): the variable \(name) is never read, so that it would change nothing. Expected one \
        that the template reads; check its spelling, or remove it.
        """
    }
  }
}
