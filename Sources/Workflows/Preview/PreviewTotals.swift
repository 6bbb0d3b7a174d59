import Datasets

/// What one part of the data amounts to.
package struct PreviewTotals: Encodable {
  package let part: String
  package let path: String
  package let rows: Int
  package let examples: Int
  package let tokens: Int
  package let trainedTokens: Int
  package let longestRow: Int
  package let overlongRows: Int
  package let truncatedRows: Int
  package let droppedRows: Int
  package let splitRows: Int
  package let lostTokens: Int
  package private(set) var packedRows: Int?
  package private(set) var packedShare: Double?
  package let ignoredKeys: [String]
  package let isLimited: Bool
  /// Whether training would stop because of over-long rows.
  package let refusesOverlong: Bool

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
}
