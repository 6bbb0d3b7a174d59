import Foundation
import Reports

/// A run in JSON.
struct RunListing: Encodable {
  let name: String
  let path: String
  let recipe: String?
  let step: Int
  let totalSteps: Int?
  let tokens: Int
  let elapsedSeconds: Double
  let remainingSeconds: Double?
  let loss: Double?
  let bestValidationLoss: Double?
  let bestValidationBitsPerByte: Double?
  let tokensPerSecond: Double?

  init(_ run: RunSummary) {
    (name, path, recipe) = (run.name, run.path, run.kind)
    (step, totalSteps, tokens) = (run.step, run.totalSteps, run.tokens)
    (elapsedSeconds, remainingSeconds) = (run.elapsedSeconds, run.remainingSeconds)
    (loss, bestValidationLoss) = (run.loss, run.bestValidationLoss)
    (bestValidationBitsPerByte, tokensPerSecond) = (run.bestValidationBitsPerByte, run.tokensPerSecond)
  }
}

/// Runs as lines of a table.
enum RunTable {
  static func text(_ runs: [RunSummary]) -> String {
    func decimals(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "" }
    let header = ["run", "recipe", "steps", "tokens", "time", "loss", "validation", "bits/byte", "tokens/s"]
    return aligned(
      [header]
        + runs.map { run in
          [
            run.name, run.kind ?? "", run.totalSteps.map { "\(run.step)/\($0)" } ?? "\(run.step)",
            CountFormat.short(run.tokens), DurationFormat.short(run.elapsedSeconds), decimals(run.loss),
            decimals(run.bestValidationLoss), decimals(run.bestValidationBitsPerByte),
            run.tokensPerSecond.map { String(format: "%.0f", $0) } ?? "",
          ]
        }, textColumns: 2)
  }

  static func text(_ differences: [RunDifference], names: [String]) -> String {
    aligned(
      [["recipe"] + names] + differences.map { [$0.key] + $0.values.map { $0 ?? "-" } }, textColumns: names.count + 1)
  }

  /// The first columns to the left, the others to the right.
  private static func aligned(_ rows: [[String]], textColumns: Int) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column < textColumns ? cell.0 + padding : padding + cell.0
      }
      return cells.joined(separator: "  ").replacing(/[ ]+$/, with: "")
    }.joined(separator: "\n")
  }
}
