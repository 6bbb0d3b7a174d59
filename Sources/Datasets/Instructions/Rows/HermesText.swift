import Tokenization

/// Conversations with tools whose texts hold all of it already, in the tags of Hermes.
enum HermesText {
  private static let open = "<tool_response>"
  private static let close = "</tool_response>"

  /// Whether the tools are described in a system message.
  static func describesTools(_ messages: [ReadMessage]) -> Bool {
    messages.contains { $0.message.role == .system && $0.message.content.contains("<tools>") }
  }

  /// The results that a tool's message consists of, without the tags that the template puts around each; nil when it is
  /// something else, or the template has no such tags.
  static func responses(in text: String, for template: ChatTemplate) -> [String]? {
    guard template.jinja.contains(open) else { return nil }
    var responses: [String] = []
    var rest = text[...].drop(while: \.isWhitespace)
    while !rest.isEmpty {
      guard rest.hasPrefix(open), let end = rest.firstRange(of: close) else { return nil }
      let inner = rest[rest.index(rest.startIndex, offsetBy: open.count)..<end.lowerBound]
      responses.append(trimmed(inner))
      rest = rest[end.upperBound...].drop(while: \.isWhitespace)
    }
    return responses.isEmpty ? nil : responses
  }

  /// Without the line breaks that templates write beside the tags.
  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0.isNewline }
    while text.last?.isNewline == true { text.removeLast() }
    return String(text)
  }
}
