/// The figures of a check.
package struct CheckReport: Encodable {
  package struct Kind: Encodable {
    package let kind: String
    package let questions: Int
    package let exactMatch: Double
    package let stopped: Double
    package let preferred: Double?
  }

  package let file: String
  package let questions: Int
  /// Shares of the questions.
  package let exactMatch: Double
  package let stopped: Double
  package let preferred: Double?
  package let kinds: [Kind]

  package init(file: String, tallies: [String: AnswerTally], isPreference: Bool) {
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

  /// Of all kinds together.
  package var all: Kind {
    Kind(kind: "all", questions: questions, exactMatch: exactMatch, stopped: stopped, preferred: preferred)
  }
}
