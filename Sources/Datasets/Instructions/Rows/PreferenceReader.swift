import FileFormats
import Templates
import Tokenization

/// Reads pairs of answers to one prompt.
struct PreferenceReader {
  /// Two conversations whose first `promptCount` messages are the same.
  struct Pair: Equatable {
    var chosen: [ReadMessage]
    var rejected: [ReadMessage]
    var promptCount: Int
    var tools = JinjaValue.none
  }

  private let reader: RowReader

  init(template: ChatTemplate, reasoning: InstructionConfiguration.Reasoning) {
    reader = RowReader(template: template, reasoning: reasoning)
  }

  /// - Returns: also the keys of which nothing was made.
  func pair(_ row: ExampleRow) throws(RowProblem) -> (pair: Pair, unusedKeys: [String]) {
    let row = try Self.renamed(row)
    let labels = try RowLabels.check(row)
    try reader.refuseHistory(row)
    try reader.refusePictures(row)
    var (pair, promptKeys) = try conversations(row)
    let (tools, toolKeys) = try reader.tools(row, for: pair.chosen)
    pair.tools = tools
    let read = InstructionConfiguration.Format.preference.knownKeys(in: row) + promptKeys + labels + toolKeys
    let ofMessages = pair.chosen.flatMap(\.unusedKeys) + pair.rejected.dropFirst(pair.promptCount).flatMap(\.unusedKeys)
    return (pair, reader.unusedKeys(row, read) + ofMessages)
  }

  /// The shape that OpenAI takes pairs in, as the others.
  private static let openAI = RowColumns([
    "messages": "input.messages", "tools": "input.tools", "chosen": "preferred_output",
    "rejected": "non_preferred_output",
  ])

  private static func renamed(_ row: ExampleRow) throws(RowProblem) -> ExampleRow {
    guard row.has("preferred_output") else { return row }
    if let other = ["chosen", "rejected"].first(where: row.has) {
      throw .unsupported(
        key: other, reason: "stands beside \"preferred_output\", and only one of the shapes can be meant")
    }
    guard row["input"]?["messages"]?.arrayValue != nil else {
      let found = row["input"]?.objectValue == nil ? row["input"]?.kind : "an object without a list of \"messages\""
      throw .wrongType(key: "input", found: found ?? "missing", expected: "an object with \"messages\", the prompt")
    }
    return try row.renamed(openAI)
  }

  private func conversations(_ row: ExampleRow) throws(RowProblem) -> (pair: Pair, promptKeys: [String]) {
    let system = try reader.system(row)
    let prompt = try PreferencePrompt.read(row, reader) { key throws(RowProblem) in try dialogue(row, key) }
    let chosen = try ending(row, "chosen", hasPrompt: prompt != nil)
    let rejected = try ending(row, "rejected", hasPrompt: prompt != nil)
    guard let prompt else { return (try shared(system, chosen, rejected), []) }
    // Some collections repeat the prompt at the start of both conversations.
    let question = prompt.messages.last { $0.message.role == .user }?.message.content
    if let question, chosen.contains(where: { $0.message.role == .user && $0.message.content == question }) {
      return (try shared(system, chosen, rejected), prompt.keys)
    }
    if prompt.keys != ["prompt"], prompt.messages.last?.message.role == .assistant {
      throw .noSharedPrompt(
        reason: "\"\(row.name(of: prompt.keys[0]))\" ends with an answer, and chosen and rejected are others")
    }
    return (try shared(system + prompt.messages, chosen, rejected), prompt.keys)
  }

  private func ending(_ row: ExampleRow, _ key: String, hasPrompt: Bool) throws(RowProblem) -> [ReadMessage] {
    if let dialogue = try dialogue(row, key) { return dialogue }
    guard hasPrompt || row[key]?.arrayValue != nil else {
      if row[key]?.objectValue == nil { _ = try reader.string(row, key) }
      let kind = row[key]?.objectValue == nil ? "a text" : "one message"
      throw .noSharedPrompt(reason: "\"\(row.name(of: key))\" is \(kind), and there is no \"prompt\" that it answers")
    }
    return try reader.messages(row, key, role: .assistant)
  }

  /// Finds where the two conversations part.
  private func shared(
    _ prompt: [ReadMessage], _ chosen: [ReadMessage], _ rejected: [ReadMessage]
  ) throws(RowProblem) -> Pair {
    let same = zip(chosen, rejected).prefix { $0.message == $1.message }.count
    if same == chosen.count, same == rejected.count { throw .sameAnswers }
    let pair = Pair(chosen: prompt + chosen, rejected: prompt + rejected, promptCount: prompt.count + same)
    guard pair.promptCount > 0 else {
      throw .noSharedPrompt(reason: "chosen and rejected differ from the first message on, and there is no \"prompt\"")
    }
    for (name, messages) in [("chosen", pair.chosen), ("rejected", pair.rejected)] {
      guard messages.count > pair.promptCount else {
        throw .noSharedPrompt(reason: "\"\(name)\" ends where the other conversation goes on")
      }
      guard messages[pair.promptCount].message.role == .assistant else {
        throw .noSharedPrompt(
          reason: "chosen and rejected part at message \(pair.promptCount + 1), which is not an answer")
      }
      try reader.requireAnswers(messages, from: pair.promptCount)
    }
    return pair
  }

  /// A text like `\n\nHuman: … \n\nAssistant: …` as messages; nil for any other value. An empty answer at the end is
  /// only the sign that one is due.
  private func dialogue(_ row: ExampleRow, _ key: String) throws(RowProblem) -> [ReadMessage]? {
    guard case .string(let text)? = row[key] else { return nil }
    let marks = [("\n\nHuman:", ChatMessage.Role.user), ("\n\nAssistant:", .assistant)]
    guard marks.contains(where: { text.hasPrefix($0.0) }) else { return nil }
    var turns: [(role: ChatMessage.Role, text: Substring)] = []
    var rest = text[...]
    while !rest.isEmpty {
      guard let (mark, role) = marks.first(where: { rest.hasPrefix($0.0) }) else { break }
      rest = rest.dropFirst(mark.count)
      let end = marks.compactMap { rest.firstRange(of: $0.0)?.lowerBound }.min() ?? rest.endIndex
      turns.append((role, rest[..<end]))
      rest = rest[end...]
    }
    var messages = turns.map { turn in
      let content = turn.text.drop(while: \.isWhitespace)
      let trailing = content.reversed().prefix(while: \.isWhitespace).count
      return ReadMessage(turn.role, String(content.dropLast(trailing)))
    }
    if key == "prompt", messages.last?.message.role == .assistant, messages.last?.message.content.isEmpty == true {
      messages.removeLast()
    }
    return messages
  }
}
