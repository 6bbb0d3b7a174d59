import Foundation
import Tokenization

/// Shows the training of a vocabulary on standard error: one line that is redrawn in a terminal, a line every tenth
/// elsewhere.
final class VocabularyTrainingDisplay {
  private let isTerminal = StandardError.isInteractive
  private var drawnAt: ContinuousClock.Instant?
  private var shownTenth = -1
  private var isLineOpen = false

  func show(_ progress: VocabularyTrainer.Progress) {
    let tenth =
      switch progress {
      case .counting(let bytes, let total): bytes * 10 / total
      case .merging(let tokens, let total): 11 + tokens * 10 / total
      }
    guard isTerminal ? isDue() : tenth != shownTenth else { return }
    shownTenth = tenth
    write(isTerminal ? "\r\(Self.line(progress))\u{1B}[K" : Self.line(progress) + "\n")
    isLineOpen = isTerminal
  }

  /// Leaves the line that is being redrawn.
  func endLine() {
    if isLineOpen { write("\n") }
    isLineOpen = false
  }

  private func isDue() -> Bool {
    let now = ContinuousClock.now
    if let drawnAt, now - drawnAt < .milliseconds(100) { return false }
    drawnAt = now
    return true
  }

  /// `counting words  42.0 MB of 100.0 MB`, `merging pairs  1024 of 4096 tokens`
  static func line(_ progress: VocabularyTrainer.Progress) -> String {
    switch progress {
    case .counting(let bytes, let total):
      "counting words  \(CountFormat.bytes(bytes)) of \(CountFormat.bytes(total))"
    case .merging(let tokens, let total): "merging pairs  \(tokens) of \(total) tokens"
    }
  }

  private func write(_ text: String) {
    // A closed standard error is no reason to stop training.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
