import FileFormats

/// Keys of whole rows that say that an answer is a bad one, or not to be learnt: no row is learnt against its label.
enum RowLabels {
  /// Of data for KTO. A label that is not a boolean is somebody's own class.
  private static let booleans = ["label"]
  /// 0 or false: not a good answer.
  private static let flags = ["kto_tag", "is_chosen"]
  private static let weights = ["weight", "loss_weight", "train", "trainable"]

  /// - Parameter hasAnswer: whether there is an answer that a label can be about.
  /// - Returns: the keys that were understood.
  /// - Throws: `RowProblem.notLearnt`, `RowProblem.unsupported` for shares of a loss.
  static func check(_ row: ExampleRow, hasAnswer: Bool = true) throws(RowProblem) -> [String] {
    var read: [String] = []
    for key in (hasAnswer ? booleans + flags : []) + weights {
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
}
