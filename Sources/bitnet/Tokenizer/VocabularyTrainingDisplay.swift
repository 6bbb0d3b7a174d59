import Tokenization

/// Shows the training of a vocabulary on standard error: one line that is redrawn in a terminal, a line every tenth
/// elsewhere.
final class VocabularyTrainingDisplay {
  private let line = LiveLine()
  private var shownTenth = -1

  func show(_ progress: VocabularyTrainer.Progress) {
    let tenth =
      switch progress {
      case .counting(let bytes, let total): bytes * 10 / total
      case .merging(let tokens, let total): 11 + tokens * 10 / total
      }
    if line.isTerminal { return line.draw { Self.line(progress) } }
    if tenth != shownTenth { line.tell(Self.line(progress)) }
    shownTenth = tenth
  }

  /// Leaves the line that is being redrawn.
  func endLine() { line.end() }

  /// `counting words  42.0 MB of 100.0 MB`, `merging pairs  1024 of 4096 tokens`
  static func line(_ progress: VocabularyTrainer.Progress) -> String {
    switch progress {
    case .counting(let bytes, let total):
      "counting words  \(CountFormat.bytes(bytes)) of \(CountFormat.bytes(total))"
    case .merging(let tokens, let total): "merging pairs  \(tokens) of \(total) tokens"
    }
  }
}
