import FileFormats
import Foundation

/// The rows of a JSON file, plain or compressed: the elements of an array, or values one after another, on lines of
/// their own or not.
///
/// One row at a time is read and decoded; what is kept of a row is its place.
package final class RowFile: Sendable {
  /// How much of a file is in memory.
  package struct Limits: Sendable {
    /// Read at once.
    package var blockBytes: Int
    /// Of one row.
    package var rowBytes: Int

    package init(blockBytes: Int = 1 << 20, rowBytes: Int = 16 << 20) {
      (self.blockBytes, self.rowBytes) = (blockBytes, rowBytes)
    }
  }

  package let path: String
  private let limits: Limits
  private let text: TextCorpus

  package init(_ path: String, limits: Limits = Limits()) throws {
    (self.path, self.limits) = (path, limits)
    do {
      // What is no JSON is told by the first look at the rows.
      text = try TextCorpus(contentsOf: path, force: true)
    } catch CorpusError.missing {
      throw InstructionDataError.missing(path: path)
    } catch CorpusError.empty {
      throw InstructionDataError.noRows(path: path)
    } catch CorpusError.notText(_, let found, let advice) {
      throw InstructionDataError.notJSON(path: path, found: "\(found); \(advice)")
    }
  }

  /// SHA-256 of the unpacked text.
  /// - Throws: `CorpusError` when it can no longer be read, as the others here.
  var sha256: String { get throws { try text.sha256 } }

  /// Calls `body` with the place of every value and the value, or what is wrong with it, until it returns false.
  package func forEachRow(_ body: (_ place: Range<Int>, Result<JSONValue, RowProblem>) throws -> Bool) throws {
    var cursor = try RowCursor(text, limits: limits)
    while let (place, row) = try cursor.next(), try body(place, row) {}
  }

  /// The row at a place that `forEachRow` gave.
  package func row(at place: Range<Int>) throws -> JSONValue {
    try text.bytes(in: place).withUnsafeBytes { try JSONParser.parseValue($0, at: 0).value }
  }

  /// The text of the row at a place that `forEachRow` gave.
  func text(at place: Range<Int>) throws -> Data { Data(try text.bytes(in: place)) }

  /// Whether a row is the only one, and no element of an array.
  func isAll(_ place: Range<Int>) throws -> Bool {
    // Nobody writes more white space than this.
    let most = 1 << 16
    guard place.lowerBound < most, text.byteCount - place.upperBound < most else { return false }
    let around = try text.bytes(in: 0..<place.lowerBound) + text.bytes(in: place.upperBound..<text.byteCount)
    return around.allSatisfy { [0x20, 0x0A, 0x0D, 0x09, 0xEF, 0xBB, 0xBF].contains($0) }
  }

  /// The lines on which places lie, counted from 1; reads the file up to the last of them.
  /// - Parameter places: in order.
  func lines(at places: [Int]) throws -> [Int] {
    var lines: [Int] = []
    var (line, position) = (1, 0)
    for place in places {
      try text.forEachBlock(in: position..<place) { line += $0.count { $0 == UInt8(ascii: "\n") } }
      position = place
      lines.append(line)
    }
    return lines
  }

  /// The line on which a place lies, counted from 1.
  func line(at place: Int) throws -> Int { try lines(at: [place])[0] }
}
