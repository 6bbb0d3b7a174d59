extension StringProtocol {
  /// This text for a message that somebody reads in a terminal: what would steer the terminal, or turn the direction of
  /// the text, is written as an escape, and what is long is cut. Names in files are whatever their author likes.
  /// - Parameter limit: scalars at most, since a single character can have a thousand of them.
  package func printable(limit: Int = 80) -> String {
    var result = ""
    for (count, scalar) in unicodeScalars.enumerated() {
      guard count < limit else { return result + "…" }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
        result += scalar.escaped(asASCII: true)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// Everything that is wrong with one file, as lines of a message.
package enum ProblemList {
  /// More lines than this help nobody: a wrong number of layers alone makes thousands.
  static let mostLines = 40
  private static let mostScalars = 400

  /// The problems with a line each; of too many the first ones.
  package static func lines(_ problems: [some CustomStringConvertible]) -> String {
    let shown = problems.prefix(mostLines).map { "\n  - " + $0.description.printable(limit: mostScalars) }.joined()
    return shown + (problems.count > mostLines ? "\n  … and \(problems.count - mostLines) more" : "")
  }
}
