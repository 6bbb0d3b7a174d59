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

  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}
