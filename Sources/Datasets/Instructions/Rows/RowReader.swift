import FileFormats
import Tokenization

/// Finds the shape of rows and what they say.
struct RowReader {
  typealias Format = InstructionConfiguration.Format

  /// What a row of supervised data says.
  enum Content: Equatable {
    case conversation([ChatMessage])
    /// Trained as a whole, without a template.
    case text(String)
  }

  let template: ChatTemplate

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
    if row.count <= 3, let (key, _) = row.first(where: { $1.arrayValue?.first?.objectValue != nil }) {
      throw .rowsUnderKey(key)
    }
    throw .unknownShape(nearest: Format.nearest(to: row.keys, among: formats))
  }

  /// - Throws: `RowProblem` when there is nothing to learn from the row.
  func content(of row: [String: JSONValue], format: Format) throws(RowProblem) -> Content {
    if format == .text {
      let text = try string(row, "text")
      if text.isEmpty { throw .emptyText }
      return .text(text)
    }
    let messages = try system(row) + conversation(row, format)
    try requireAnswers(messages)
    return .conversation(messages)
  }

  private func conversation(_ row: [String: JSONValue], _ format: Format) throws(RowProblem) -> [ChatMessage] {
    try refuseUnsupported(row)
    switch format {
    case .messages: return try list(row, .openAI, format)
    case .shareGPT: return try list(row, .shareGPT, format)
    case .alpaca:
      let instruction = try string(row, "instruction")
      let input = [nil, .null].contains(row["input"]) ? "" : try string(row, "input")
      let question = template.content(instruction: instruction, input: input)
      return [ChatMessage(role: .user, content: question), answer(try string(row, "output"))]
    case .inputOutput:
      return [ChatMessage(role: .user, content: try string(row, "input")), answer(try string(row, "output"))]
    default:
      return try messages(row, "prompt", role: .user) + messages(row, "completion", role: .assistant)
    }
  }

  private func answer(_ text: String) -> ChatMessage { ChatMessage(role: .assistant, content: text) }

  private func list(
    _ row: [String: JSONValue], _ reader: MessageReader, _ format: Format
  ) throws(RowProblem) -> [ChatMessage] {
    guard let key = format.requiredKeys[0].first(where: { row[$0] != nil }), let value = row[key] else { return [] }
    return try reader.messages(value, key: key)
  }

  /// A text, which is one message of this role, or a list of messages.
  func messages(
    _ row: [String: JSONValue], _ key: String, role: ChatMessage.Role
  ) throws(RowProblem) -> [ChatMessage] {
    guard case .array? = row[key], let value = row[key] else {
      return [ChatMessage(role: role, content: try string(row, key))]
    }
    return try MessageReader.openAI.messages(value, key: key)
  }

  func string(_ row: [String: JSONValue], _ key: String) throws(RowProblem) -> String {
    switch row[key] {
    case .string(let text): return text
    case let other: throw .wrongType(key: key, found: other?.kind ?? "missing", expected: "a string")
    }
  }

  /// What stands beside the conversation and comes before it.
  func system(_ row: [String: JSONValue]) throws(RowProblem) -> [ChatMessage] {
    for key in ["system", "system_prompt"] where ![nil, .null, .string("")].contains(row[key]) {
      return [ChatMessage(role: .system, content: try string(row, key))]
    }
    return []
  }

  func refuseUnsupported(_ row: [String: JSONValue]) throws(RowProblem) {
    for (key, what) in [("history", "holds earlier turns"), ("tools", "describes tools")] {
      guard [nil, .null, .array([]), .string("")].contains(row[key]) else {
        throw .unsupported(key: key, reason: "\(what), which this shape cannot say; write the row as messages")
      }
    }
  }

  func requireAnswers(_ messages: [ChatMessage], from first: Int = 0) throws(RowProblem) {
    guard messages[first...].contains(where: { $0.role == .assistant }) else {
      throw .noAnswer(roles: messages[first...].map(\.role.rawValue))
    }
    for (index, message) in messages.enumerated() where message.role == .assistant && index >= first {
      // Templates remove white space at the ends, and an answer of nothing else is no answer in any of them.
      guard message.content.contains(where: { !$0.isWhitespace }) else {
        throw .emptyAnswer(message: messages.count > 2 ? index : nil)
      }
    }
  }
}
