import Templates

/// How a template wants an answer that calls tools. Templates disagree, and fail or write nonsense over the other form.
public struct ToolCallForm: Equatable, Sendable {
  /// Arguments as the text of a JSON object, instead of the object.
  public var argumentsAreText: Bool
  /// An answer that only calls tools has an empty content, instead of none.
  public var contentIsEmpty: Bool

  public init(argumentsAreText: Bool, contentIsEmpty: Bool) {
    (self.argumentsAreText, self.contentIsEmpty) = (argumentsAreText, contentIsEmpty)
  }

  /// In the order in which they are tried: that of transformers comes first.
  static let all = [false, true].flatMap { isText in
    [false, true].map { ToolCallForm(argumentsAreText: isText, contentIsEmpty: $0) }
  }

  /// A question, a call and its result.
  var probe: [ChatMessage] {
    let arguments: JinjaValue =
      argumentsAreText ? #"{"probe_key": "probe_value"}"# : ["probe_key": "probe_value"]
    // Some templates insist on nine characters.
    let call: JinjaValue = [
      "id": "callprobe", "type": "function", "function": ["name": "probe_name", "arguments": arguments],
    ]
    return [
      ChatMessage(role: .user, content: "question"),
      ChatMessage(
        role: .assistant, content: "",
        fields: contentIsEmpty ? ["tool_calls": [call]] : ["content": .none, "tool_calls": [call]]),
      ChatMessage(role: .tool, content: "result", fields: ["name": "probe_name", "tool_call_id": "callprobe"]),
    ]
  }

  /// What a probe may describe.
  static let probedTools: JinjaValue = [
    [
      "type": "function",
      "function": [
        "name": "described", "description": "what it does",
        "parameters": ["type": "object", "properties": ["key": ["type": "string"]], "required": ["key"]],
      ],
    ]
  ]
}

extension ChatTemplate {
  /// Whether the template has words for descriptions of tools.
  public var describesTools: Bool { mentions("tools") }

  /// The form in which the template takes calls of tools: the first with which it writes a call as it should. That of
  /// transformers if it writes none of a small conversation: what it says about a row's own is told then.
  /// - Returns: nil for a template that knows nothing of calls.
  public func toolCallForm() -> ToolCallForm? {
    guard mentions("tool_calls") else { return nil }
    return ToolCallForm.all.first(where: writes) ?? ToolCallForm.all[0]
  }

  private func writes(_ form: ToolCallForm) -> Bool {
    let tools = describesTools ? ToolCallForm.probedTools : .none
    guard let text = try? text(form.probe, tools: tools) else { return false }
    // A text that is written as JSON again, a dictionary as Python prints it, and none as a word.
    let mistakes = [#"\"probe_key"#, "'probe_key'", "None"]
    return ["probe_name", "probe_key", "probe_value"].allSatisfy(text.contains)
      && !mistakes.contains(where: text.contains)
  }
}
