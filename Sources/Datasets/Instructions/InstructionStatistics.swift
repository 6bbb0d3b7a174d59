/// What a set of examples consists of, and what was done to rows that are too long.
public struct InstructionStatistics: Equatable, Sendable {
  /// Rows of the file that belong to this part of it.
  public internal(set) var rows = 0
  /// What training draws from: rows that were kept, and the parts of those that were split; those of files with a weight as
  /// often as it says.
  public internal(set) var examples = 0
  /// Tokens of the examples.
  public internal(set) var tokens = 0
  /// Those that are learnt.
  public internal(set) var trainedTokens = 0
  /// Tokens of the longest row, before anything was cut off.
  public internal(set) var longestRow = 0
  /// Rows with more tokens than fit.
  public internal(set) var overlongRows = 0
  public internal(set) var truncatedRows = 0
  public internal(set) var droppedRows = 0
  public internal(set) var splitRows = 0
  /// Tokens of over-long rows that no example holds.
  public internal(set) var lostTokens = 0
  public internal(set) var lostTrainedTokens = 0
  /// How often each key of the file's rows occurs that was not used; keys of messages begin with those of their list, as in
  /// `messages[].name`. Null is not counted.
  public internal(set) var ignoredKeyCounts: [String: Int] = [:]
  /// Keys that were not used, sorted.
  public var ignoredKeys: [String] { ignoredKeyCounts.keys.sorted() }
  /// Whether rows after `max_samples` were left unread.
  public internal(set) var isLimited = false

  init(ignoredKeyCounts: [String: Int] = [:], isLimited: Bool = false) {
    self.ignoredKeyCounts = ignoredKeyCounts
    self.isLimited = isLimited
  }

  /// - Parameter times: how often it is learnt in a pass over the data.
  mutating func add(_ row: RowSummary, times: Int) {
    rows += 1
    longestRow = max(longestRow, Int(row.length))
    examples += times * Int(row.exampleCount)
    tokens += times * Int(row.tokens)
    trainedTokens += times * Int(row.trainedTokens)
    switch row.outcome {
    case .whole: return
    case .truncated: truncatedRows += 1
    case .dropped: droppedRows += 1
    case .split: splitRows += 1
    }
    overlongRows += 1
    lostTokens += Int(row.lostTokens)
    lostTrainedTokens += Int(row.lostTrainedTokens)
  }
}
