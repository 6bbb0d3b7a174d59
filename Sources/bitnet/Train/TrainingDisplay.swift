import Foundation
import Synchronization
import Training

/// Shows a training run on standard error: in a terminal one line that is redrawn, elsewhere a line per log interval.
final class TrainingDisplay: Sendable {
  private struct State {
    var drawnAt: ContinuousClock.Instant?
    var isLineOpen = false
    /// The latest step, for the line that is printed when it is logged.
    var report: StepReport?
  }

  private let isTerminal = StandardError.isInteractive
  private let state = Mutex(State())

  func show(_ event: TrainingEvent) {
    switch event {
    case .stepped(let report):
      state.withLock { $0.report = report }
      if isTerminal { redraw(report) }
    case .logged:
      if !isTerminal, let report = state.withLock({ $0.report }) { tell(Self.line(report)) }
    case .evaluated(let step, let loss):
      tell("step \(step)  validation \(Self.summary(loss))")
    case .saved(let step, let isBest):
      tell("step \(step)  saved\(isBest ? ", best so far" : "")")
    }
  }

  /// Prints a line of its own.
  func tell(_ text: String) {
    let isOpen = state.withLock { state in
      defer { state.isLineOpen = false }
      return state.isLineOpen
    }
    write((isOpen ? "\r\u{1B}[K" : "") + text + "\n")
  }

  private func redraw(_ report: StepReport) {
    let isDue = state.withLock { state in
      let now = ContinuousClock.now
      if let drawn = state.drawnAt, now - drawn < .milliseconds(100) { return false }
      state.drawnAt = now
      state.isLineOpen = true
      return true
    }
    // A line that wraps could not be redrawn.
    if isDue { write("\r" + Self.line(report).prefix(Self.terminalColumns - 1) + "\u{1B}[K") }
  }

  /// `step 1200/20000  loss 1.5231  2.197 bits/byte  lr 1.94e-03  12.1k tokens/s  26m 04s left`
  static func line(_ report: StepReport) -> String {
    let total = report.totalSteps.map { "/\($0)" } ?? ""
    let speed =
      report.tokensPerSecond < 10_000
      ? String(format: "%.0f", report.tokensPerSecond) : String(format: "%.1fk", report.tokensPerSecond / 1000)
    let parts = [
      "step \(report.step)\(total)",
      String(format: "loss %.4f", report.loss),
      report.bitsPerByte.map { String(format: "%.3f bits/byte", $0) } ?? "",
      String(format: "lr %.2e", report.learningRate),
      "\(speed) tokens/s",
      report.remainingSeconds.map { DurationFormat.short($0) + " left" } ?? "",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "  ")
  }

  /// `1.6432 nats/token, perplexity 5.172, 2.3706 bits/byte`
  static func summary(_ loss: LossSum) -> String {
    guard !loss.isPreference else {
      let measures = loss.meanMeasures.map { String(format: "%@ %.4f", $0.name, $0.value) }
      return ([String(format: "loss %.4f", loss.mean)] + measures).joined(separator: ", ")
    }
    let text = String(format: "%.4f nats/token, perplexity %.3f", loss.natsPerToken, loss.perplexity)
    return text + (loss.bitsPerByteOfText.map { String(format: ", %.4f bits/byte", $0) } ?? "")
  }

  private static var terminalColumns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
  }

  private func write(_ text: String) {
    // A closed standard error is no reason to stop training.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
