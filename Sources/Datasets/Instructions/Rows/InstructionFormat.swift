import FileFormats

extension InstructionConfiguration.Format {
  /// The least keys of a row, where one of each group must be there.
  var requiredKeys: [[String]] {
    switch self {
    case .auto: []
    case .messages: [["messages", "conversations", "conversation"]]
    case .shareGPT: [["conversations", "conversation", "messages"]]
    case .alpaca: [["instruction"], ["output"]]
    case .inputOutput: [["input"], ["output"]]
    case .promptCompletion: [["prompt"], ["completion"]]
    case .text: [["text"]]
    case .preference: [["chosen", "preferred_output"], ["rejected", "non_preferred_output"]]
    }
  }

  /// The keys of a row that are read at its top, apart from labels and tools.
  func knownKeys(in row: ExampleRow) -> [String] {
    switch self {
    case .auto, .text: requiredKeys.flatMap { $0 }
    case .alpaca: ["instruction", "input", "output", "system", "system_prompt"]
    case .preference: ["chosen", "rejected", "system", "system_prompt"]
    case .inputOutput, .promptCompletion: requiredKeys.flatMap { $0 } + ["system", "system_prompt"]
    case .messages, .shareGPT: [listKey(in: row.members)].compactMap { $0 } + ["system", "system_prompt"]
    }
  }

  /// Where a row has its list of messages.
  func listKey(in row: [String: JSONValue]) -> String? { requiredKeys[0].first { row[$0] != nil } }

  public var example: String {
    switch self {
    case .auto: "an object"
    case .messages: #"{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}"#
    case .shareGPT: #"{"conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": "…"}]}"#
    case .alpaca: #"{"instruction": "…", "input": "…", "output": "…"}"#
    case .inputOutput: #"{"input": "…", "output": "…"}"#
    case .promptCompletion: #"{"prompt": "…", "completion": "…"}"#
    case .text: #"{"text": "…"}"#
    case .preference: #"{"prompt": "…", "chosen": "…", "rejected": "…"}"#
    }
  }

  /// In the order in which they are looked for: a row may have keys of several.
  static let supervised: [Self] = [.messages, .shareGPT, .alpaca, .promptCompletion, .inputOutput, .text]

  /// Of answers that are good or bad: pairs, or one answer and a label.
  static let unpaired: [Self] = [.preference] + supervised.filter { $0 != .text }

  func fits(_ row: [String: JSONValue]) -> Bool {
    guard requiredKeys.allSatisfy({ group in group.contains { row[$0] != nil } }) else { return false }
    switch self {
    case .messages: return !Self.isShareGPT(row)
    case .shareGPT: return Self.isShareGPT(row)
    default: return true
    }
  }

  /// The required keys that a row lacks.
  func missingKeys(in row: [String: JSONValue]) -> [String] {
    requiredKeys.filter { group in !group.contains { row[$0] != nil } }.compactMap(\.first)
  }

  /// Told from OpenAI's messages by the keys of the first one, whatever the list is called.
  private static func isShareGPT(_ row: [String: JSONValue]) -> Bool {
    let list = InstructionConfiguration.Format.messages.requiredKeys[0].lazy.compactMap { row[$0] }.first
    guard let first = list?.arrayValue?.first?.objectValue else { return false }
    return MessageReader.Style(of: first) == .shareGPT
  }

  /// The shape that shares most with the keys of a row.
  static func nearest(to keys: some Collection<String>, among formats: [Self]) -> Self {
    func likeness(_ key: String, _ wanted: String) -> Int {
      if key == wanted { return 8 }
      if means(key, wanted) { return 6 }
      return key.lowercased().hasPrefix(wanted.prefix(4)) || wanted.hasPrefix(key.lowercased().prefix(4)) ? 3 : 0
    }
    func score(_ format: Self) -> Int {
      let groups = format.requiredKeys.map { group in
        keys.flatMap { key in group.map { likeness(key, $0) } }.max() ?? 0
      }
      return groups.reduce(0, +) * 4 / max(1, groups.count)
    }
    let best = formats.max { score($0) < score($1) }
    guard let best, score(best) > 0 else { return formats.contains(.preference) ? .preference : .promptCompletion }
    return best
  }

  /// Whether others call by `key` what is read under `wanted`.
  static func means(_ key: String, _ wanted: String) -> Bool {
    key.lowercased() == wanted || (synonyms[key.lowercased()] ?? []).contains(wanted)
  }

  /// Names that other collections use for the same thing.
  private static let synonyms: [String: [String]] = [
    "question": ["prompt"], "query": ["prompt"], "problem": ["prompt"],
    "answer": ["completion"], "response": ["completion", "output"], "solution": ["completion"],
    "target": ["output"], "source": ["input"], "inputs": ["input"], "targets": ["output"], "outputs": ["output"],
    "contents": ["messages"], "dialog": ["messages"], "dialogue": ["messages"], "chat": ["messages"],
    "turns": ["messages"],
    "message": ["messages"], "content": ["text"], "document": ["text"], "body": ["text"],
    "preferred": ["chosen"], "dispreferred": ["rejected"], "win": ["chosen"], "lose": ["rejected"],
    "better": ["chosen"], "worse": ["rejected"], "accepted": ["chosen"],
  ]
}
