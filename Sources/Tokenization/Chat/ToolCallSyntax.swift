import FileFormats
import Templates

/// How a model that was taught with a template writes a call of a tool in its answer.
public enum ToolCallSyntax: Equatable, Sendable {
  /// `<tool_call>{"name": …, "arguments": {…}}</tool_call>` among other text, as Hermes and Qwen have it.
  case tagged
  /// The whole answer is `{"name": …, "parameters": {…}}`, as Llama 3.1 has it.
  case bare

  /// What stands around a tagged call.
  public static let (opening, closing) = ("<tool_call>", "</tool_call>")

  /// The key of the arguments.
  public var argumentsKey: String { self == .tagged ? "arguments" : "parameters" }
}

extension ChatTemplate {
  /// How calls are written, found out by writing one.
  /// - Returns: nil for a template that describes no tools or has another way to call them.
  public func toolCallSyntax() -> ToolCallSyntax? {
    guard describesTools, let form = toolCallForm() else { return nil }
    let conversation = form.probe
    guard let text = try? self.text(Array(conversation.prefix(2)), tools: ToolCallForm.probedTools),
      let prompt = try? self.text(
        Array(conversation.prefix(1)), tools: ToolCallForm.probedTools, addingGenerationPrompt: true),
      text.hasPrefix(prompt)
    else { return nil }
    // Some templates write what was thought, if only nothing, before it.
    let rest = text.dropFirst(prompt.count)
    let thought = rest.ranges(of: "</think>").last?.upperBound ?? rest.startIndex
    let answer = String(rest[thought...].drop(while: \.isWhitespace))
    if answer.hasPrefix(ToolCallSyntax.opening), answer.contains(ToolCallSyntax.closing) {
      let call = answer.dropFirst(ToolCallSyntax.opening.count)
      return Self.isCall(String(call), .tagged) ? .tagged : nil
    }
    return Self.isCall(answer, .bare) ? .bare : nil
  }

  private static func isCall(_ text: String, _ syntax: ToolCallSyntax) -> Bool {
    let parsed = try? Array(text.utf8).withUnsafeBytes { try JSONParser.parseValue($0, at: 0).value }
    return parsed?["name"]?.stringValue == "probe_name"
      && parsed?[syntax.argumentsKey]?["probe_key"]?.stringValue == "probe_value"
  }
}
