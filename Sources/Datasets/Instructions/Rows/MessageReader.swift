import FileFormats
import Templates
import Tokenization

/// Reads lists of messages, of OpenAI's kind and of ShareGPT's.
struct MessageReader {
  enum Style {
    case openAI
    case shareGPT

    var roleKey: String { self == .openAI ? "role" : "from" }
    var contentKey: String { self == .openAI ? "content" : "value" }

    /// That of a message; OpenAI's where nothing tells.
    init(of message: [String: JSONValue]) {
      let isShareGPT = message["from"] != nil || message["value"] != nil && message["content"] == nil
      self = isShareGPT ? .shareGPT : .openAI
    }
  }

  /// The spellings of the roles; those that other tools use count as well.
  private static let roles: [String: ChatMessage.Role] = [
    "system": .system, "developer": .system, "user": .user, "human": .user, "assistant": .assistant, "gpt": .assistant,
    "model": .assistant, "bot": .assistant, "chatgpt": .assistant, "tool": .tool, "function": .tool,
    "observation": .tool, "tool_response": .tool, "function_response": .tool,
  ]
  /// Roles of messages whose text is a call.
  private static let callingRoles: Set = ["function_call", "tool_call"]
  static let roleNames = "system, user, assistant, tool (or human, gpt, function_call, observation)"

  private static let callKeys = ["tool_calls", "function_call"]
  /// Keys that are read here; a template gets none of them as they are.
  private static let ownKeys = Set(["role", "content", "from", "value"] + callKeys + LearningMark.keys)

  let style: Style
  let template: ChatTemplate
  let tools: ToolReader
  let reasoning: InstructionConfiguration.Reasoning

  /// What templates call thoughts, and other names of it.
  private static let reasoningKey = "reasoning_content"
  private static let reasoningKeys = [reasoningKey, "thinking", "reasoning"]

  /// Where a message stands, for messages about it.
  private struct Place {
    let list: String
    let index: Int

    var key: String { "\(list)[\(index)]" }
    var spoken: String { "in message \(index + 1)" }
  }

  /// - Parameter key: where the list stands in the row.
  func messages(_ row: ExampleRow, _ key: String) throws(RowProblem) -> [ReadMessage] {
    let name = row.name(of: key)
    let elements: [JSONValue]
    switch row[key] {
    case .array(let list): elements = list
    case .object?: elements = [row[key] ?? .null]
    case let other: throw .wrongType(key: name, found: other?.kind ?? "missing", expected: "an array of messages")
    }
    guard !elements.isEmpty else { throw .noMessages(key: name) }
    var ordered: [JinjaValue] = []
    var result: [ReadMessage] = []
    for (index, element) in elements.enumerated() {
      let place = Place(list: name, index: index)
      guard case .object(let members) = element else {
        throw .wrongType(
          key: place.key, found: element.kind, expected: "an object with \(style.roleKey) and \(style.contentKey)")
      }
      if ordered.isEmpty, members.keys.contains(where: { isPassed($0) || Self.callKeys.contains($0) }) {
        let value = try row.ordered(key)
        ordered = if case .list(let list) = value { list } else { [value] }
      }
      var fields = JinjaDictionary()
      if index < ordered.count, case .dictionary(let dictionary) = ordered[index] { fields = dictionary }
      result += try message(members, fields, place)
    }
    return result
  }

  /// What the template gets of the thoughts beside an answer.
  private func thought(_ members: [String: JSONValue], _ place: Place) throws(RowProblem) -> String? {
    guard let key = Self.reasoningKeys.first(where: { ![nil, .null, .string("")].contains(members[$0]) }) else {
      return nil
    }
    if reasoning == .refuse {
      throw .unsupported(
        key: "\(place.key).\(key)", reason: "is what was thought before the answer, and dataset.reasoning is refuse")
    }
    return isPassed(key) ? members[key]?.stringValue : nil
  }

  /// Whether the template gets the key of a message because it may read it, as all keys with transformers.
  private func isPassed(_ key: String) -> Bool {
    if Self.reasoningKeys.contains(key) {
      return reasoning == .template && !template.isBuiltIn
        && (template.mentions(key) || template.mentions(Self.reasoningKey))
    }
    return !template.isBuiltIn && !Self.ownKeys.contains(key) && template.mentions(key)
  }

  /// - Parameter fields: the same as `members`, in order, where a template is to write any.
  private func message(
    _ members: [String: JSONValue], _ fields: JinjaDictionary, _ place: Place
  ) throws(RowProblem) -> [ReadMessage] {
    let name = try roleName(members, place)
    var calls = try calls(members, fields, place)
    var content = ""
    var partKeys: [String] = []
    if Self.callingRoles.contains(name) {
      let text = try text(members, place).text
      (content, calls) = try tools.call(in: text, key: "\(place.key).\(style.contentKey)")
    } else if calls == nil || ![nil, .null].contains(members[style.contentKey]) {
      (content, partKeys) = try text(members, place)
    }
    let role = Self.callingRoles.contains(name) ? .assistant : Self.roles[name]
    guard let role else { throw .unknownRole(message: place.index, role: name) }
    guard calls == nil || role == .assistant else {
      throw .unsupported(key: "tool_calls", reason: "\(place.spoken) calls a tool, which only an answer can")
    }
    var message = ChatMessage(role: role, content: content)
    for entry in fields.entries where isPassed(entry.key) && entry.value != .none {
      message.fields[entry.key] = entry.value
    }
    if let thought = try thought(members, place) { message.fields[Self.reasoningKey] = .string(thought) }
    if let calls {
      message.fields["tool_calls"] = calls
      if content.isEmpty { message.fields["content"] = tools.missingContent }
    }
    let mark = try LearningMark.read(members, place: place.spoken)
    let unused = unusedKeys(members, place) + partKeys.map { "\(place.list)[].\(style.contentKey)[].\($0)" }
    if role == .tool, let responses = HermesText.responses(in: content, for: template) {
      return responses.enumerated().map { number, response in
        message.content = response
        return ReadMessage(message, mark: mark, unusedKeys: number == 0 ? unused : [])
      }
    }
    return [ReadMessage(message, mark: mark, unusedKeys: unused)]
  }

  private func roleName(_ members: [String: JSONValue], _ place: Place) throws(RowProblem) -> String {
    let key = style.roleKey
    switch members[key] {
    case .string(let name): return name
    case nil, .null: throw .missingRole(message: place.index, key: key, keys: members.keys.sorted())
    case let other?: throw .wrongType(key: "\(place.key).\(key)", found: other.kind, expected: "a string")
    }
  }

  /// nil when the message calls no tool.
  private func calls(
    _ members: [String: JSONValue], _ fields: JinjaDictionary, _ place: Place
  ) throws(RowProblem) -> JinjaValue? {
    let given = Self.callKeys.filter { ![nil, .null, .array([])].contains(members[$0]) }
    guard let key = given.first, let value = fields[key] else { return nil }
    guard given.count == 1 else {
      throw .unsupported(key: given[1], reason: "\(place.spoken) stands beside \"\(key)\", which says the same")
    }
    return try tools.calls(value, key: "\(place.key).\(key)")
  }

  /// Keys that say something of which nothing is made.
  private func unusedKeys(_ members: [String: JSONValue], _ place: Place) -> [String] {
    members.filter { key, value in
      let isRead =
        key == style.roleKey || key == style.contentKey || Self.callKeys.contains(key)
        || LearningMark.keys.contains(key) || key == "parts" && members[style.contentKey] == nil
      return value != .null && !isRead && !isPassed(key)
    }.keys.sorted().map { "\(place.list)[].\($0)" }
  }

  /// A string, or a list of parts that are all text, with the keys of these of which nothing is made.
  private func text(
    _ members: [String: JSONValue], _ place: Place
  ) throws(RowProblem) -> (text: String, partKeys: [String]) {
    // Gemini has its parts under a name of their own.
    let isGemini = members[style.contentKey] == nil && members["parts"]?.arrayValue != nil
    let key = "\(place.key).\(isGemini ? "parts" : style.contentKey)"
    switch members[isGemini ? "parts" : style.contentKey] {
    case .string(let text): return (text, [])
    case .array(let parts):
      var (result, keys): (String, [String]) = ("", [])
      for (index, part) in parts.enumerated() {
        let (text, unused) = try Self.text(ofPart: part, key: "\(key)[\(index)]", needsType: !isGemini)
        result += text
        keys += unused
      }
      return (result, keys.sorted())
    case nil: throw .missingContent(message: place.index, key: style.contentKey, keys: members.keys.sorted())
    case let other?: throw .wrongType(key: key, found: other.kind, expected: "a string")
    }
  }

  /// The text lies under `text`, or under `value` as LLaMA-Factory writes it.
  private static func text(
    ofPart part: JSONValue, key: String, needsType: Bool
  ) throws(RowProblem) -> (text: String, unusedKeys: [String]) {
    let shape = "an object as in {\"type\": \"text\", \"text\": \"…\"}"
    guard case .object(let members) = part else { throw .wrongType(key: key, found: part.kind, expected: shape) }
    let type = members["type"] ?? (needsType ? nil : .string("text"))
    guard let type else { throw .wrongType(key: key, found: "an object without \"type\"", expected: shape) }
    guard type == .string("text") else {
      let name = type.stringValue.map { "of the type \"\($0.printable(limit: 40))\"" } ?? "whose type is \(type.kind)"
      throw .unsupported(key: key, reason: "is a part \(name), and models here read text only")
    }
    guard let textKey = ["text", "value"].first(where: { members[$0] != nil }) else {
      throw .wrongType(key: key, found: "an object without \"text\"", expected: shape)
    }
    guard case .string(let text)? = members[textKey] else {
      throw .wrongType(key: "\(key).\(textKey)", found: members[textKey]?.kind ?? "missing", expected: "a string")
    }
    return (text, members.filter { $0.value != .null && !["type", textKey].contains($0.key) }.keys.sorted())
  }
}
