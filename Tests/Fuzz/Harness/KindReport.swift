import FileFormats
import Foundation

/// What came of the inputs of one kind.
struct KindReport {
  struct Finding {
    let number: Int
    let problem: String
    let file: URL
  }

  let kind: String
  var read = 0
  var accepted = 0
  var refused = 0
  var findings: [Finding] = []
  var seconds = 0.0
  var slowest = Duration.zero
  var peakMemory = 0
  /// Set when there were too many findings to go on.
  var stoppedEarly = false

  var line: String {
    let rate = seconds > 0 ? Int(Double(read) / seconds) : 0
    let counts = "\(read) read, \(accepted) accepted, \(refused) refused, \(findings.count) findings"
    let cost = String(
      format: "%.1f s, %d/s, slowest %.0f ms, at most %d MB", seconds, rate, slowest / .milliseconds(1),
      peakMemory >> 20)
    let stop = stoppedEarly ? "; stopped: too many findings" : ""
    let kept = findings.map { "\n  \($0.number): \($0.problem)\n    \($0.file.path)" }.joined()
    return kind.padding(toLength: max(14, kind.count), withPad: " ", startingAt: 0) + counts + "; " + cost + stop + kept
  }

  var json: JSONValue {
    .object([
      "kind": .string(kind), "read": .integer(read), "accepted": .integer(accepted), "refused": .integer(refused),
      "seconds": .number(seconds), "slowest_ms": .number(slowest / .milliseconds(1)),
      "peak_bytes": .integer(peakMemory), "stopped_early": .boolean(stoppedEarly),
      "findings": .array(
        findings.map {
          .object([
            "input": .integer($0.number), "problem": .string($0.problem), "file": .string($0.file.path),
          ])
        }),
    ])
  }
}
