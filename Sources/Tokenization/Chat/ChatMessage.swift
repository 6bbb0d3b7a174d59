import Templates

/// One turn of a conversation.
public struct ChatMessage: Equatable, Sendable {
  public enum Role: String, CaseIterable, Sendable {
    /// What holds for the whole conversation.
    case system
    case user
    /// The model; what it says is what training teaches.
    case assistant
    /// The result of a tool that the model called.
    case tool
  }

  public var role: Role
  public var content: String
  /// What else a template may read, in order: `tool_calls`, `tool_call_id`, `name`, `reasoning_content` and others. A
  /// `content` among them takes the place of the text.
  public var fields: JinjaDictionary

  public init(role: Role, content: String, fields: JinjaDictionary = [:]) {
    self.role = role
    self.content = content
    self.fields = fields
  }

  /// The message as templates see it.
  public var variables: JinjaDictionary {
    let own: JinjaDictionary = ["role": .string(role.rawValue), "content": .string(content)]
    return own.merging(fields)
  }
}
