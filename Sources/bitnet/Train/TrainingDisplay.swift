import Foundation
import Synchronization
import Training

/// Shows a training run on standard error: in a terminal one line that is redrawn, elsewhere a line per log interval.
final class TrainingDisplay: Sendable {
  private struct State {
    /// The latest step, for the line that is printed when it is logged.
    var report: StepReport?
    var curve = Sparkline(width: 16)
  }

  private let line = LiveLine()
  private let state = Mutex(State())

  func show(_ event: TrainingEvent) {
    switch event {
    case .stepped(let report):
      state.withLock { state in
        state.report = report
        state.curve.add(report.loss)
      }
      if line.isTerminal { line.draw { Self.line(report, curve: self.state.withLock { $0.curve.text }) } }
    case .logged:
      if !line.isTerminal, let report = state.withLock({ $0.report }) { tell(Self.line(report)) }
    case .evaluated(let step, let loss):
      tell("step \(step)  validation \(Self.summary(loss))")
    case .saved(let step, let isBest):
      tell("step \(step)  saved\(isBest ? ", best so far" : "")")
    }
  }

  /// Prints a line of its own.
  func tell(_ text: String) { line.tell(text) }

  /// `step 1200/20000  ▇▅▃▂▁ loss 1.5231  2.197 bits/byte  lr 1.94e-03  12.1k tokens/s  26m 04s left`
  static func line(_ report: StepReport, curve: String = "") -> String {
    let total = report.totalSteps.map { "/\($0)" } ?? ""
    let speed =
      report.tokensPerSecond < 10_000
      ? String(format: "%.0f", report.tokensPerSecond) : String(format: "%.1fk", report.tokensPerSecond / 1000)
    let parts = [
      "step \(report.step)\(total)",
      (curve.isEmpty ? "" : curve + " ") + String(format: "loss %.4f", report.loss),
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
}
