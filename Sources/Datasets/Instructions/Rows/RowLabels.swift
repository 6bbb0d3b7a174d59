import FileFormats

/// Keys of whole rows that say that an answer is a bad one, or not to be learnt: no row is learnt against its label.
enum RowLabels {
  /// Of data for KTO. A label that is not a boolean is somebody's own class.
  private static let booleans = ["label"]
  /// 0 or false: not a good answer.
  private static let flags = ["kto_tag", "is_chosen"]
  private static let weights = ["weight", "loss_weight", "train", "trainable"]
  static let judgements = booleans + flags

  /// - Parameter hasAnswer: whether there is an answer that a label can be about.
  /// - Returns: the keys that were understood.
  /// - Throws: `RowProblem.notLearnt`, `RowProblem.unsupported` for shares of a loss.
  static func check(_ row: ExampleRow, hasAnswer: Bool = true) throws(RowProblem) -> [String] {
    var read: [String] = []
    for key in (hasAnswer ? judgements : []) + weights {
      switch row[key] {
      case .boolean(true): read.append(key)
      case .boolean(false): throw .notLearnt(key: key, value: "false")
      case .integer(1) where !booleans.contains(key), .number(1) where !booleans.contains(key): read.append(key)
      case .integer(0) where !booleans.contains(key), .number(0) where !booleans.contains(key):
        throw .notLearnt(key: key, value: "0")
      case .integer where weights.contains(key), .number where weights.contains(key):
        throw .unsupported(
          key: key, reason: "weighs the row with \(row[key]?.kind ?? ""), expected 1: every row counts the same")
      default: continue
      }
    }
    return read
  }

  /// Whether the answer of a row is a good one, for data that have to say so.
  /// - Returns: also the keys that say it, at least one.
  /// - Throws: `RowProblem.noLabel`, `RowProblem.wrongType`, `RowProblem.unsupported` for labels that contradict each other.
  static func desirability(_ row: ExampleRow) throws(RowProblem) -> (isDesirable: Bool, keys: [String]) {
    var result: (isDesirable: Bool, keys: [String])?
    for key in judgements {
      guard let value = row[key], value != .null else { continue }
      let isDesirable: Bool
      switch value {
      case .boolean(let flag): isDesirable = flag
      case .integer(1), .number(1): isDesirable = true
      case .integer(0), .number(0): isDesirable = false
      default:
        throw .wrongType(
          key: key, found: value.kind, expected: "true for a good answer or false for a bad one (or 1, 0)")
      }
      if let result, result.isDesirable != isDesirable {
        throw .unsupported(key: key, reason: "contradicts \"\(result.keys[0])\"")
      }
      result = (isDesirable, (result?.keys ?? []) + [key])
    }
    guard let result else { throw .noLabel }
    return result
  }
}

extension JSONValue {
  /// Whether it can say that an answer is a good or a bad one.
  var isJudgement: Bool { [.boolean(true), .boolean(false), .integer(0), .integer(1)].contains(self) }
}
