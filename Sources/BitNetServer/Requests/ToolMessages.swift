import FileFormats
import Templates
import Tokenization

/// Calls of tools in the messages of a request, in the form that a template takes.
struct ToolMessages {
  private let form: ToolCallForm?
  /// Tools that were called, under the ids of the calls: results tell the id alone, and some templates write the name.
  private var names: [String: String] = [:]

  init(_ template: ChatTemplate?) { form = template?.toolCallForm() }

  /// The message with its calls, or the name of the tool whose result it is.
  mutating func completed(_ message: ChatMessage, _ value: JSONValue, at place: String) throws -> ChatMessage {
    var message = message
    if let calls = value["tool_calls"], calls != .null, calls != [] {
      message.fields["tool_calls"] = .list(try self.calls(calls, message, at: "\(place).tool_calls"))
      if message.content.isEmpty, form?.contentIsEmpty == false { message.fields["content"] = JinjaValue.none }
    }
    guard message.role == .tool else { return message }
    guard let id = message.fields.string("tool_call_id") else {
      throw APIError.missing("\(place).tool_call_id", expected: "the id of a call in an earlier message")
    }
    if message.fields["name"] == nil, let name = names[id] { message.fields["name"] = .string(name) }
    return message
  }

  private mutating func calls(_ value: JSONValue, _ message: ChatMessage, at place: String) throws -> [JinjaValue] {
    guard message.role == .assistant else {
      throw APIError.invalid("\(place) stands in a message that is not the assistant's.", param: place)
    }
    guard form != nil else {
      throw APIError.unsupported(place, "the model's chat template has no words for calls of tools")
    }
    guard let calls = value.arrayValue else { throw APIError.wrongType(place, value, expected: "an array of calls") }
    return try calls.enumerated().map { try call($1, at: "\(place)[\($0)]") }
  }

  private mutating func call(_ value: JSONValue, at place: String) throws -> JinjaValue {
    func text(_ path: [String]) throws -> String {
      let found = path.reduce(value) { $0[$1] ?? .null }
      guard let text = found.stringValue else {
        throw APIError.wrongType(([place] + path).joined(separator: "."), found, expected: "a string")
      }
      return text
    }
    guard value.objectValue != nil else { throw APIError.wrongType(place, value, expected: "an object") }
    guard value["type"] ?? "function" == "function" else {
      throw APIError.unsupported("\(place).type", "tools are of the type \"function\"")
    }
    let (id, name) = (try text(["id"]), try text(["function", "name"]))
    names[id] = name
    let arguments = try text(["function", "arguments"])
    let parsed = try? JinjaValue(json: arguments.isEmpty ? "{}" : arguments)
    guard case .dictionary? = parsed, let parsed else {
      throw APIError.wrongType(
        "\(place).function.arguments", .string(arguments), expected: "the text of a JSON object")
    }
    return [
      "id": .string(id), "type": "function",
      "function": [
        "name": .string(name), "arguments": form?.argumentsAreText == true ? .string(arguments) : parsed,
      ],
    ]
  }
}
