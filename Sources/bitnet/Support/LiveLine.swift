import FileFormats
import Foundation
import Synchronization

/// A line of standard error that is drawn over again and again in a terminal.
final class LiveLine: Sendable {
  private struct State {
    var drawnAt: ContinuousClock.Instant?
    var isOpen = false
  }

  /// Elsewhere nothing can be drawn over, and lines should be few.
  let isTerminal = StandardError.isInteractive
  private let state = Mutex(State())

  /// Draws a line over the last, ten times a second at most.
  /// - Parameter isUrgent: draws in any case.
  func draw(isUrgent: Bool = false, _ text: () -> String) {
    let isDue = state.withLock { state in
      let now = ContinuousClock.now
      if let drawn = state.drawnAt, now - drawn < .milliseconds(100), !isUrgent { return false }
      (state.drawnAt, state.isOpen) = (now, true)
      return true
    }
    // A line that wraps could not be drawn over.
    if isDue { StandardError.writeRaw("\r" + text().safeForTerminal.prefix(Self.columns - 1) + "\u{1B}[K") }
  }

  /// Prints a line of its own in the place of the drawn one.
  func tell(_ text: String) {
    StandardError.writeRaw((close() ? "\r\u{1B}[K" : "") + text.safeForTerminal + "\n")
  }

  /// Leaves the drawn line where it is.
  func end() {
    if close() { StandardError.writeRaw("\n") }
  }

  private func close() -> Bool {
    state.withLock { state in
      defer { state.isOpen = false }
      return state.isOpen
    }
  }

  private static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
  }
}
