import Datasets
import Foundation
import Synchronization

/// Shows a download on standard error: one line that is redrawn in a terminal, a line every tenth elsewhere.
final class DownloadDisplay: Sendable {
  private struct State {
    /// Bytes that were there, and the time, when the current transfer began.
    var startBytes: Int?
    var startTime = ContinuousClock.now
    var lastBytes = 0
    var shownTenth = -1
  }

  private let state = Mutex(State())
  private let line = LiveLine()

  func show(_ event: KnownCorpus.Event) {
    switch event {
    case .download(.progress(let received, let expected)):
      showProgress(received, expected)
    case .download(.resumed(let bytes)):
      state.withLock { state in
        state.startBytes = bytes
        state.startTime = .now
      }
      tell("Resuming after \(CountFormat.bytes(bytes)).")
    case .download(.retrying(let attempt, let attempts, let delay, let reason)):
      state.withLock { $0.startBytes = nil }
      tell(
        "The transfer stopped: \(reason). Attempt \(attempt) of \(attempts) in "
          + "\(delay.formatted(.number.precision(.fractionLength(0...1)))) s.")
    case .download(.startingOver(let reason)):
      state.withLock { $0 = State() }
      tell("Starting over: \(reason).")
    case .foundArchive(let path):
      tell("\(path) is there already and right.")
    case .unpacking:
      tell("Unpacking.")
    }
  }

  /// Prints a line of its own.
  func tell(_ text: String) {
    line.end()
    line.tell(text)
  }

  /// Leaves the line that is being redrawn.
  func endLine() { line.end() }

  private func showProgress(_ received: Int, _ expected: Int?) {
    let (text, isNewTenth) = state.withLock { state in
      let now = ContinuousClock.now
      if state.startBytes == nil {
        state.startBytes = state.lastBytes
        state.startTime = now
      }
      state.lastBytes = received
      // Without a known size, every 10 MB.
      let tenth = expected.map { $0 > 0 ? received / max(1, $0 / 10) : 10 } ?? received / 10_000_000
      defer { state.shownTenth = tenth }
      let seconds = (now - state.startTime) / .seconds(1)
      let text = Self.line(received, expected, sinceStart: received - (state.startBytes ?? 0), in: seconds)
      return (text, tenth != state.shownTenth)
    }
    if line.isTerminal {
      line.draw(isUrgent: received == expected) { text }
    } else if isNewTenth {
      line.tell(text)
    }
  }

  /// ` 42% [========            ] 15.3 of 36.4 MB, 3.2 MB/s, 0:07 left`
  static func line(_ received: Int, _ expected: Int?, sinceStart transferred: Int, in seconds: Double) -> String {
    let rate = seconds > 0.2 ? Double(transferred) / seconds : nil
    let speed = rate.map { String(format: ", %.1f MB/s", $0 / 1e6) } ?? ""
    guard let expected, expected > 0 else { return String(format: "%.1f MB", Double(received) / 1e6) + speed }
    let share = Double(received) / Double(expected)
    let filled = Int(share * 20)
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: max(0, 20 - filled))
    let left = rate.flatMap { $0 > 0 ? ", " + duration(Double(expected - received) / $0) + " left" : nil } ?? ""
    return String(
      format: "%3d%% [%@] %.1f of %.1f MB", Int(share * 100), bar, Double(received) / 1e6, Double(expected) / 1e6)
      + speed + left
  }

  private static func duration(_ seconds: Double) -> String {
    let seconds = Int(min(seconds.rounded(.up), 359_999))
    return seconds < 3600
      ? String(format: "%d:%02d", seconds / 60, seconds % 60)
      : String(format: "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
  }
}
