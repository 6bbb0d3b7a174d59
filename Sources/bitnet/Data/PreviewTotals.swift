import Datasets
import Foundation

/// What one part of the data amounts to.
struct PreviewTotals: Encodable {
  let part: String
  let path: String
  let rows: Int
  let examples: Int
  let tokens: Int
  let trainedTokens: Int
  let longestRow: Int
  let overlongRows: Int
  let truncatedRows: Int
  let droppedRows: Int
  let splitRows: Int
  let lostTokens: Int
  private(set) var packedRows: Int?
  private(set) var packedShare: Double?
  let ignoredKeys: [String]
  let isLimited: Bool
  /// Whether training would stop because of over-long rows.
  let refusesOverlong: Bool

  init(
    _ part: DatasetPart, _ path: String, _ statistics: InstructionStatistics, refusesOverlong: Bool
  ) {
    self.part = part.rawValue
    self.path = path
    (rows, examples) = (statistics.rows, statistics.examples)
    (tokens, trainedTokens) = (statistics.tokens, statistics.trainedTokens)
    (longestRow, overlongRows, lostTokens) = (statistics.longestRow, statistics.overlongRows, statistics.lostTokens)
    (truncatedRows, droppedRows) = (statistics.truncatedRows, statistics.droppedRows)
    (splitRows, ignoredKeys, isLimited) = (statistics.splitRows, statistics.ignoredKeys, statistics.isLimited)
    self.refusesOverlong = refusesOverlong
  }

  mutating func pack(into rows: Int, sequenceLength: Int) {
    packedRows = rows
    packedShare = Double(tokens - examples) / Double(rows * sequenceLength)
  }

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
