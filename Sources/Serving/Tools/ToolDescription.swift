import Templates

/// A tool that a model may call.
public struct ToolDescription: Equatable, Sendable {
  public let name: String
  /// A JSON Schema; nil: any object.
  public let parameters: JinjaValue?

  public init(name: String, parameters: JinjaValue?) { (self.name, self.parameters) = (name, parameters) }
}

/// A tool that a model called.
public struct ToolCall: Equatable, Sendable {
  public let name: String
  /// The text of a JSON object.
  public let arguments: String

  public init(name: String, arguments: String) { (self.name, self.arguments) = (name, arguments) }
}
