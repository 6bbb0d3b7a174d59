import Foundation

/// The figures of a check, as a table and as JSON.
struct CheckReport: Encodable {
  struct Kind: Encodable {
    let kind: String
    let questions: Int
    let exactMatch: Double
    let stopped: Double
    let preferred: Double?
  }

  let file: String
  let questions: Int
  /// Shares of the questions.
  let exactMatch: Double
  let stopped: Double
  let preferred: Double?
  let kinds: [Kind]

  init(file: String, tallies: [String: AnswerTally], isPreference: Bool) {
    func figures(_ kind: String, _ tally: AnswerTally) -> Kind {
      let count = Double(max(1, tally.asked))
      return Kind(
        kind: kind, questions: tally.asked, exactMatch: Double(tally.exact) / count,
        stopped: Double(tally.stopped) / count, preferred: isPreference ? Double(tally.preferred) / count : nil)
    }
    self.file = file
    let all = figures("all", tallies.values.reduce(AnswerTally(), +))
    (questions, exactMatch, stopped, preferred) = (all.questions, all.exactMatch, all.stopped, all.preferred)
    kinds = tallies.sorted { $0.key < $1.key }.map(figures)
  }

  var table: String {
    let total = Kind(
      kind: "all", questions: questions, exactMatch: exactMatch, stopped: stopped, preferred: preferred)
    let rows = kinds.count > 1 ? kinds + [total] : [total]
    func percent(_ share: Double) -> String { String(format: "%6.1f%%", 100 * share) }
    func cell(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }
    let header = cell("", 12) + "questions    exact  stopped" + (preferred == nil ? "" : "  preferred")
    let lines = rows.map { row in
      cell(row.kind, 12) + String(format: "%9d", row.questions) + "  " + percent(row.exactMatch) + "  "
        + percent(row.stopped) + (row.preferred.map { "    " + percent($0) } ?? "")
    }
    return ([header] + lines).joined(separator: "\n")
  }
}
