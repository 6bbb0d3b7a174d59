import Foundation
import Workflows

extension CheckReport {
  var table: String {
    let rows = kinds.count > 1 ? kinds + [all] : [all]
    func percent(_ share: Double) -> String { String(format: "%6.1f%%", 100 * share) }
    func cell(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }
    let header = cell("", 12) + "questions    exact  stopped" + (preferred == nil ? "" : "  preferred")
    let lines = rows.map { row in
      cell(row.kind, 12) + String(format: "%9d", row.questions) + "  " + percent(row.exactMatch) + "  "
        + percent(row.stopped) + (row.preferred.map { "    " + percent($0) } ?? "")
    }
    return ([header] + lines).joined(separator: "\n")
  }
}
