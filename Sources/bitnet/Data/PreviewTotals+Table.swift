import Foundation
import Workflows

extension PreviewTotals {
  var table: String {
    let share = 100 * Double(trainedTokens) / Double(max(1, tokens))
    var lines = [
      ("\(part)", path),
      ("rows", rowCount),
      ("tokens", "\(tokens)"),
      ("trained tokens", "\(trainedTokens) (\(String(format: "%.1f%%", share)))"),
      ("longest row", "\(longestRow) tokens"),
      ("over-long rows", overlong),
    ]
    if let packedRows, let packedShare {
      lines.append(("packed rows", "\(packedRows), \(String(format: "%.1f%%", 100 * packedShare)) full"))
    }
    if !ignoredKeys.isEmpty { lines.append(("keys not used", ignoredKeys.joined(separator: ", "))) }
    return lines.map { $0.0.padding(toLength: 16, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
  }

  private var rowCount: String {
    "\(rows)" + (isLimited ? ", all that max_samples admits" : "") + (examples == rows ? "" : ", \(examples) examples")
  }

  private var overlong: String {
    guard overlongRows > 0 else { return "0" }
    if refusesOverlong {
      return "\(overlongRows): training refuses them unless dataset.overlong is truncate, drop or split"
    }
    return "\(overlongRows): \(truncatedRows) truncated, \(droppedRows) dropped, \(splitRows) split; "
      + "\(lostTokens) tokens lost"
  }
}
