import FileFormats
import Templates
import Tokenization

/// Finds the shape of rows and what they say.
struct RowReader {
  typealias Format = InstructionConfiguration.Format

  /// What a row of supervised data says.
  enum Content: Equatable {
    case conversation(ReadConversation)
    /// Trained as a whole, without a template.
    case text(String)
  }

  let template: ChatTemplate
  private let tools: ToolReader
  private let reasoning: InstructionConfiguration.Reasoning

  init(template: ChatTemplate, reasoning: InstructionConfiguration.Reasoning = .template) {
    (self.template, self.reasoning) = (template, reasoning)
    tools = ToolReader(template)
  }

  /// The shape of a row.
  /// - Parameters:
  ///   - expected: `auto`, or the shape that it must have.
  ///   - formats: the shapes that are of use.
  func format(
    of row: [String: JSONValue], expected: Format, among formats: [Format]
  ) throws(RowProblem) -> Format {
    if expected != .auto {
      guard expected.fits(row) else {
        let found = (Format.supervised + [.preference]).first { $0.fits(row) }
        throw found.map { .otherShape(found: $0, expected: expected) }
          ?? .missingKeys(expected.missingKeys(in: row), expected: expected)
      }
      return expected
    }
    if let format = formats.first(where: { $0.fits(row) }) { return format }
    if formats != [.preference], Format.preference.fits(row) { throw .otherShape(found: .preference, expected: .auto) }
    if formats == [.preference], let label = RowLabels.judgements.first(where: { row[$0]?.isJudgement == true }),
      Format.supervised.contains(where: { $0.fits(row) })
    {
      throw .labelledAnswer(key: label)
    }
    if formats == [.preference], let found = Format.supervised.first(where: { $0.fits(row) }) {
      throw .otherShape(found: found, expected: .preference)
    }
    throw .unknownShape(.init(row.keys.sorted(), among: formats))
  }

  /// The only key of a row that holds a list, if that is one of objects which are no messages: rows, if the row is all of a
  /// file.
  static func rowsKey(_ row: [String: JSONValue]) -> String? {
    let lists = row.filter { $0.value.arrayValue != nil }
    guard lists.count == 1, let (key, value) = lists.first, let elements = value.arrayValue, !elements.isEmpty else {
      return nil
    }
    let messageKeys = ["role", "from", "content", "value", "parts", "speaker"]
    let areRows = elements.allSatisfy { element in
      guard let members = element.objectValue else { return false }
      return messageKeys.allSatisfy { members[$0] == nil }
    }
    return areRows ? key : nil
  }

  /// - Parameter judgement: the keys by which the answer was found to be good or bad; nil: where it must be a good one.
  /// - Returns: also the keys of which nothing was made.
  /// - Throws: `RowProblem` when there is nothing to learn from the row.
  func content(
    of row: ExampleRow, format: Format, judgedBy judgement: [String]? = nil
  ) throws(RowProblem) -> (content: Content, unusedKeys: [String]) {
    let labels = try RowLabels.check(row, hasAnswer: format != .text && judgement == nil) + (judgement ?? [])
    try refusePictures(row)
    if format == .text {
      try refuseSingleMessage(row)
      let text = try string(row, "text")
      if text.isEmpty { throw .emptyText }
      return (.text(text), unusedKeys(row, ["text"] + labels))
    }
    let messages = try system(row) + messages(row, format)
    try requireAnswers(messages)
    let (tools, toolKeys) = try tools(row, for: messages)
    let read = format.knownKeys(in: row) + labels + toolKeys
    return (
      .conversation(ReadConversation(messages: messages, tools: tools)),
      unusedKeys(row, read) + messages.flatMap(\.unusedKeys)
    )
  }

  private func messages(_ row: ExampleRow, _ format: Format) throws(RowProblem) -> [ReadMessage] {
    try refuseHistory(row)
    switch format {
    case .messages: return try list(row, .openAI, format)
    case .shareGPT: return try list(row, .shareGPT, format)
    case .alpaca:
      let instruction = try string(row, "instruction")
      let input = [nil, .null].contains(row["input"]) ? "" : try string(row, "input")
      return [
        ReadMessage(.user, template.content(instruction: instruction, input: input)),
        ReadMessage(.assistant, try string(row, "output")),
      ]
    case .inputOutput:
      return [ReadMessage(.user, try string(row, "input")), ReadMessage(.assistant, try string(row, "output"))]
    default:
      return try messages(row, "prompt", role: .user) + messages(row, "completion", role: .assistant)
    }
  }

  private func list(
    _ row: ExampleRow, _ style: MessageReader.Style, _ format: Format
  ) throws(RowProblem) -> [ReadMessage] {
    guard let key = format.listKey(in: row.members) else { return [] }
    return try MessageReader(style: style, template: template, tools: tools, reasoning: reasoning).messages(row, key)
  }

  /// A text, which is one message of this role, or a message or a list of them in either style.
  func messages(_ row: ExampleRow, _ key: String, role: ChatMessage.Role) throws(RowProblem) -> [ReadMessage] {
    let first: [String: JSONValue]
    switch row[key] {
    case .array(let elements): first = elements.first?.objectValue ?? [:]
    case .object(let members): first = members
    default: return [ReadMessage(role, try string(row, key))]
    }
    return try MessageReader(style: .init(of: first), template: template, tools: tools, reasoning: reasoning).messages(
      row, key)
  }

  func string(_ row: ExampleRow, _ key: String) throws(RowProblem) -> String {
    switch row[key] {
    case .string(let text): return text
    case let other: throw .wrongType(key: row.name(of: key), found: other?.kind ?? "missing", expected: "a string")
    }
  }

  /// What stands beside the conversation and comes before it.
  func system(_ row: ExampleRow) throws(RowProblem) -> [ReadMessage] {
    for key in ["system", "system_prompt"] where row.has(key) {
      return [ReadMessage(.system, try string(row, key))]
    }
    return []
  }

  /// The tools that stand beside the conversation, and the keys that were read for them: none where its texts describe them
  /// already.
  func tools(_ row: ExampleRow, for messages: [ReadMessage]) throws(RowProblem) -> (JinjaValue, keys: [String]) {
    for key in ["tools", "functions"] where row.has(key) && !HermesText.describesTools(messages) {
      return (try tools.tools(row.ordered(key), key: key), [key])
    }
    return (.none, [])
  }

  /// Rows of pictures that are learnt without them teach to answer about what nobody sees.
  func refusePictures(_ row: ExampleRow) throws(RowProblem) {
    if let key = ["images", "image", "videos", "audios"].first(where: row.has) {
      throw .unsupported(key: row.name(of: key), reason: "belongs to the row, but models here read text only")
    }
  }

  /// A message that stands in a row of its own, as in the trees of OpenAssistant, is not a text.
  private func refuseSingleMessage(_ row: ExampleRow) throws(RowProblem) {
    guard let role = row["role"]?.stringValue, let key = ["parent_id", "message_id"].first(where: row.has) else {
      return
    }
    throw .singleMessage(role: role, key: key)
  }

  func refuseHistory(_ row: ExampleRow) throws(RowProblem) {
    guard !row.has("history") else {
      throw .unsupported(
        key: "history", reason: "holds earlier turns, which this shape cannot say; write the row as messages")
    }
  }

  func requireAnswers(_ messages: [ReadMessage], from first: Int = 0) throws(RowProblem) {
    let roles = messages.map(\.message.role)
    guard roles[first...].contains(.assistant) else { throw .noAnswer(roles: roles[first...].map(\.rawValue)) }
    for (index, message) in messages.enumerated() where roles[index] == .assistant && index >= first {
      guard message.isAnswer else { throw .emptyAnswer(message: messages.count > 2 ? index : nil) }
    }
  }

  /// Keys at the top of a row that say something and are not among those that were read.
  func unusedKeys(_ row: ExampleRow, _ read: [String]) -> [String] {
    row.members.filter { $0.value != .null && !read.contains($0.key) }.keys.sorted()
  }
}
