import FileFormats
import Tokenization

/// What both answers of a pair answer to, in the shapes that people have it in.
struct PreferencePrompt {
  let messages: [ReadMessage]
  /// The keys that it was read from.
  let keys: [String]

  /// Texts, or lists of messages.
  private static let questionKeys = ["prompt", "instruction", "question", "input"]
  private static let listKeys = ["messages", "conversations", "conversation"]
  static let names = "prompt, instruction (with input), question, input, messages or conversations"

  /// - Parameter answers: of both, in which the prompt may be repeated.
  /// - Returns: nil where the row has none.
  /// - Throws: `RowProblem.severalPrompts` where it is not clear which one is meant.
  static func read(
    _ row: ExampleRow, _ reader: RowReader, dialogue: (String) throws(RowProblem) -> [ReadMessage]?
  ) throws(RowProblem) -> PreferencePrompt? {
    let isAlpaca = row.has("instruction")
    let questions = questionKeys.filter { row.has($0) && !(isAlpaca && $0 == "input") }
    let lists = listKeys.filter(row.has)
    let differing = questions.dropFirst().filter { row[$0] != row[questions[0]] }
    guard differing.isEmpty else { throw .severalPrompts(keys: [questions[0]] + differing) }
    guard lists.count < 2 else { throw .severalPrompts(keys: lists) }
    guard let key = questions.first else {
      return try lists.first.map { key throws(RowProblem) in try list(row, key, reader) }
    }
    let prompt = try PreferencePrompt(
      messages: question(row, key, reader, dialogue), keys: questions + (isAlpaca ? ["input"] : []))
    // UltraFeedback has the chosen conversation once more; any other list is another prompt.
    if let other = lists.first {
      let messages = try reader.messages(row, other, role: .user)
      guard let last = prompt.messages.last?.message, messages.contains(where: { $0.message == last }) else {
        throw .severalPrompts(keys: [key, other])
      }
    }
    return prompt
  }

  private static func question(
    _ row: ExampleRow, _ key: String, _ reader: RowReader, _ dialogue: (String) throws(RowProblem) -> [ReadMessage]?
  ) throws(RowProblem) -> [ReadMessage] {
    if let messages = try dialogue(key) { return messages }
    guard key == "instruction" else { return try reader.messages(row, key, role: .user) }
    let input = row.has("input") ? try reader.string(row, "input") : ""
    return [ReadMessage(.user, reader.template.content(instruction: try reader.string(row, key), input: input))]
  }

  private static func list(_ row: ExampleRow, _ key: String, _ reader: RowReader) throws(RowProblem) -> PreferencePrompt
  {
    PreferencePrompt(messages: try reader.messages(row, key, role: .user), keys: [key])
  }
}
