import FileFormats
import Foundation

/// The rows of a JSON file, plain or compressed: the elements of an array, or values one after another, on lines of
/// their own or not.
///
/// The file is mapped, and one row at a time is decoded; what is kept of a row is its place.
final class RowFile: Sendable {
  let path: String
  private let text: TextCorpus

  init(_ path: String) throws {
    self.path = path
    do {
      text = try TextCorpus(contentsOf: path)
    } catch CorpusError.missing {
      throw InstructionDataError.missing(path: path)
    } catch CorpusError.empty {
      throw InstructionDataError.noRows(path: path)
    }
  }

  /// SHA-256 of the unpacked text.
  var sha256: String { text.sha256 }

  /// Calls `body` with the place of every value and the value, or what is wrong with it, until it returns false.
  func forEachRow(_ body: (_ offset: Int, Result<JSONValue, RowProblem>) throws -> Bool) throws {
    try text.withUnsafeBytes { bytes in
      var cursor = try RowCursor(bytes, path: path)
      while let (offset, row) = cursor.next(), try body(offset, row) {}
    }
  }

  /// The row at a place that `forEachRow` gave.
  func row(at offset: Int) throws -> JSONValue {
    try text.withUnsafeBytes { try JSONParser.parseValue($0, at: offset).value }
  }

  /// The text of the row at a place that `forEachRow` gave.
  func text(at offset: Int) throws -> Data {
    try text.withUnsafeBytes { bytes in
      let end = try JSONParser.parseValue(bytes, at: offset).end
      return Data(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
    }
  }

  /// Counted from 1; reads the file up to there.
  func line(at offset: Int) -> Int {
    text.withUnsafeBytes { bytes in 1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") } }
  }
}
