/// Why a file of examples cannot be used. What is wrong in several rows is told at once.
public enum InstructionDataError: Error, Equatable, Sendable {
  /// What is wrong with a row.
  public struct Report: Equatable, Sendable {
    /// The file of the row.
    public let path: String
    /// Where the row begins, counted from 1.
    public let line: Int
    public let problem: RowProblem
    /// The keys of the row, if it is an object.
    public let keys: [String]
  }

  case missing(path: String)
  case notJSON(path: String, found: String)
  case noRows(path: String)
  /// The first of `count` rows that cannot be used.
  case rows(path: String, reports: [Report], count: Int)
  /// Every row is longer than the sequences.
  case nothingLeft(path: String, rows: Int, limit: Int)
  case tooFewRowsToSplit(path: String, rows: Int)
  /// Preference pairs cannot be cut into several rows.
  case cannotSplitPairs(path: String)
  /// There is one answer, where another is needed to tell how far a policy is from its reference.
  case noOtherAnswer(path: String)

  /// So many rows are shown.
  static let shownReports = 10
}

extension InstructionDataError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let path):
      """
      \(path): there is no such file. Expected examples in JSON (an array, or one object per line; plain or .gz); check \
      the path, which is taken relative to the current directory.
      """
    case .notJSON(let path, let found):
      "\(path): is not JSON but \(found). Expected an array of objects, or one object per line."
    case .noRows(let path):
      "\(path): has no rows. Expected examples in JSON (an array, or one object per line); check how it was made."
    case .rows(let path, let reports, let count): description(of: reports, count: count, path: path)
    case .nothingLeft(let path, let rows, let limit):
      """
      \(path): none of its \(rows) rows fits into \(limit) tokens with something to learn. Raise max_seq_len, or set \
      dataset.overlong to split.
      """
    case .tooFewRowsToSplit(let path, let rows):
      """
      \(path): has \(rows) row\(rows == 1 ? "" : "s"), too few to hold some out for validation. Add rows, name a \
      dataset.validation_path, or leave dataset.validation_fraction out.
      """
    case .cannotSplitPairs(let path):
      """
      \(path): dataset.overlong: split is not possible for preference data, whose answers must stay whole. Choose \
      truncate or drop.
      """
    case .noOtherAnswer(let path):
      """
      \(path): has one answer. Expected at least 2: the KL term of KTO is estimated from answers to other prompts. Add rows, \
      or hold fewer out.
      """
    }
  }

  private func description(of reports: [Report], count: Int, path: String) -> String {
    let lines = reports.map { report in
      let keys = report.keys.isEmpty ? "" : " [keys: \(report.keys.prefix(12).joined(separator: ", "))]"
      return "\(report.path):\(report.line): \(report.problem)\(keys)"
    }
    guard count > reports.count else { return lines.joined(separator: "\n") }
    return (lines + ["\(path): and \(count - reports.count) more rows with problems, \(count) in all."])
      .joined(separator: "\n")
  }
}
