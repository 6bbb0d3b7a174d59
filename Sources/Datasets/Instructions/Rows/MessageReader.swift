import FileFormats
import Tokenization

/// Reads lists of messages, of OpenAI's kind and of ShareGPT's.
struct MessageReader {
  /// The spellings of the roles; those that other tools use count as well.
  private static let roles: [String: ChatMessage.Role] = [
    "system": .system, "developer": .system, "user": .user, "human": .user, "assistant": .assistant, "gpt": .assistant,
    "model": .assistant, "bot": .assistant, "chatgpt": .assistant, "tool": .tool, "function": .tool,
    "observation": .tool,
  ]
  static let roleNames = "system, user, assistant, tool (or human, gpt)"

  let roleKey: String
  let contentKey: String

  static let openAI = MessageReader(roleKey: "role", contentKey: "content")
  static let shareGPT = MessageReader(roleKey: "from", contentKey: "value")

  /// - Parameter key: where the list stands, for messages about it.
  func messages(_ value: JSONValue, key: String) throws(RowProblem) -> [ChatMessage] {
    guard case .array(let elements) = value else {
      throw .wrongType(key: key, found: value.kind, expected: "an array of messages")
    }
    guard !elements.isEmpty else { throw .noMessages(key: key) }
    var result: [ChatMessage] = []
    for (index, element) in elements.enumerated() {
      guard case .object(let members) = element else {
        throw .wrongType(
          key: "\(key)[\(index)]", found: element.kind, expected: "an object with \(roleKey) and \(contentKey)")
      }
      result.append(try message(members, index: index, key: key))
    }
    return result
  }

  private func message(
    _ members: [String: JSONValue], index: Int, key: String
  ) throws(RowProblem) -> ChatMessage {
    guard let role = members[roleKey], role != .null else {
      throw .missingRole(message: index, key: roleKey, keys: members.keys.sorted())
    }
    guard case .string(let name) = role else {
      throw .wrongType(key: "\(key)[\(index)].\(roleKey)", found: role.kind, expected: "a string")
    }
    guard let role = Self.roles[name] else { throw .unknownRole(message: index, role: name) }
    for name in ["tool_calls", "function_call"] {
      guard [nil, .null, .array([])].contains(members[name]) else {
        throw .unsupported(
          key: name, reason: "in message \(index + 1) calls a tool, which no chat template here writes")
      }
    }
    for name in ["weight", "train", "training"] {
      guard [nil, .null, .boolean(true), .integer(1), .number(1)].contains(members[name]) else {
        throw .unsupported(
          key: name, reason: "in message \(index + 1) excludes an answer from training, which is not possible")
      }
    }
    guard let content = members[contentKey], content != .null else {
      throw .missingContent(message: index, key: contentKey, keys: members.keys.sorted())
    }
    return ChatMessage(role: role, content: try text(content, key: "\(key)[\(index)].\(contentKey)"))
  }

  /// A string, or a list of parts that are all text.
  private func text(_ value: JSONValue, key: String) throws(RowProblem) -> String {
    switch value {
    case .string(let text): return text
    case .array(let parts):
      var result = ""
      for (index, part) in parts.enumerated() {
        guard part["type"] == .string("text"), case .string(let text)? = part["text"] else {
          throw .wrongType(
            key: "\(key)[\(index)]", found: part["type"]?.kind ?? part.kind, expected: "a part of the type \"text\"")
        }
        result += text
      }
      return result
    default: throw .wrongType(key: key, found: value.kind, expected: "a string")
    }
  }
}
