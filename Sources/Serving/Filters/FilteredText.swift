/// A text that comes in pieces and is filtered on its way: what may still become a part of a finding is held back. The pieces
/// that come out make the same text however it is cut.
public struct FilteredText: Sendable {
  private let filter: any ContentFilter
  /// The last character that was passed on, if any, and what is held back.
  private var text: [Unicode.Scalar] = []
  /// Where in `text` that begins which is not decided.
  private var undecided = 0
  /// The rest is not passed on.
  public private(set) var isRefused = false

  public init(_ filter: any ContentFilter) { self.filter = filter }

  /// - Returns: what is decided by now.
  public mutating func append(_ piece: String) -> String {
    guard !isRefused else { return "" }
    text += piece.unicodeScalars
    return pass(before: text.count - filter.longestFinding)
  }

  /// - Returns: what was held back, when no more will come.
  public mutating func finish() -> String { isRefused ? "" : pass(before: text.count) }

  private mutating func pass(before end: Int) -> String {
    var passed = ""
    while undecided < end {
      guard let finding = filter.firstFinding(in: text, from: undecided, before: end) else {
        append(undecided..<end, to: &passed)
        undecided = end
        break
      }
      append(undecided..<finding.range.lowerBound, to: &passed)
      undecided = finding.range.upperBound
      switch finding.action {
      case .replace(let replacement): passed += replacement
      case .refuse:
        isRefused = true
        return passed
      }
    }
    // Filters may look at the character in front of a finding.
    let forgotten = max(0, undecided - 1)
    text.removeFirst(forgotten)
    undecided -= forgotten
    return passed
  }

  private func append(_ range: Range<Int>, to passed: inout String) {
    passed.unicodeScalars.append(contentsOf: text[range])
  }
}
