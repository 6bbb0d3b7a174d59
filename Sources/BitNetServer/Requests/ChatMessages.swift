import FileFormats
import Templates
import Tokenization

extension ChatMessage {
  /// The messages of a chat request.
  /// - Parameter template: says in which form it takes calls of tools.
  static func messages(
    _ reader: RequestReader, _ limits: RequestLimits, _ template: ChatTemplate?
  ) throws -> [ChatMessage] {
    guard let elements = try reader.array("messages", atMost: limits.messages) else {
      throw APIError.missing("messages", expected: "an array of messages")
    }
    guard !elements.isEmpty else { throw APIError.invalid("messages is empty.", param: "messages") }
    var tools = ToolMessages(template)
    let messages = try elements.enumerated().map { index, element in
      let place = "messages[\(index)]"
      return try tools.completed(ChatMessage(element, at: place), element, at: place)
    }
    let size = zip(messages, elements).reduce(0) { sum, message in
      sum + message.0.content.utf8.count + (message.1["tool_calls"]?.compact.utf8.count ?? 0)
    }
    guard size <= limits.promptBytes else {
      throw APIError.invalid(
        "the messages have \(size) bytes, at most \(limits.promptBytes) are allowed.", param: "messages")
    }
    return messages
  }

  private init(_ value: JSONValue, at place: String) throws {
    guard let members = value.objectValue else { throw APIError.wrongType(place, value, expected: "an object") }
    try Self.checkKeys(members, at: place)
    guard let role = members["role"] else {
      throw APIError.missing("\(place).role", expected: "system, user or assistant")
    }
    self.init(
      role: try Self.role(role, at: "\(place).role"),
      content: try Self.content(of: members, at: "\(place).content"),
      fields: try Self.fields(members, place))
  }

  private static func checkKeys(_ members: [String: JSONValue], at place: String) throws {
    for (key, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
      switch key {
      case "role", "content", "name", "tool_call_id", "tool_calls": continue
      case "refusal", "annotations", "audio", "function_call":
        guard value == [] || value == "" else {
          throw APIError.unsupported("\(place).\(key)", "messages here are texts")
        }
      default:
        throw APIError.invalid(
          "\(place) has the key \"\(key.printable())\", which is not known here.", param: "\(place).\(key.printable())",
          code: "unknown_parameter")
      }
    }
  }

  private static func role(_ value: JSONValue, at place: String) throws -> Role {
    guard let name = value.stringValue else { throw APIError.wrongType(place, value, expected: "a string") }
    if name == "developer" { return .system }
    guard let role = Role(rawValue: name) else {
      throw APIError.invalid(
        "\(place) is \"\(name.printable())\", expected system, developer, user, assistant or tool.", param: place)
    }
    return role
  }

  /// An answer that calls tools may have none.
  private static func content(of members: [String: JSONValue], at place: String) throws -> String {
    let content = members["content"] ?? .null
    let calls = members["tool_calls"] ?? .null
    return content == .null && calls != .null && calls != [] ? "" : try Self.content(content, at: place)
  }

  private static func content(_ value: JSONValue, at place: String) throws -> String {
    if let text = value.stringValue { return text }
    guard let parts = value.arrayValue else {
      throw APIError.wrongType(place, value, expected: "a string or an array of texts")
    }
    return try parts.enumerated().map { try text(ofPart: $1, at: "\(place)[\($0)]") }.joined()
  }

  private static func text(ofPart part: JSONValue, at place: String) throws -> String {
    guard part.objectValue != nil else { throw APIError.wrongType(place, part, expected: "an object") }
    guard part["type"] == "text" else {
      throw APIError.unsupported(place, "the model reads texts, parts of type \"text\"")
    }
    guard let text = part["text"]?.stringValue else {
      throw APIError.wrongType("\(place).text", part["text"] ?? .null, expected: "a string")
    }
    return text
  }

  /// What templates may read besides.
  private static func fields(_ members: [String: JSONValue], _ place: String) throws -> JinjaDictionary {
    var fields: JinjaDictionary = [:]
    for key in ["name", "tool_call_id"] {
      guard let value = members[key], value != .null else { continue }
      guard let text = value.stringValue else {
        throw APIError.wrongType("\(place).\(key)", value, expected: "a string")
      }
      fields[key] = .string(text)
    }
    return fields
  }
}
