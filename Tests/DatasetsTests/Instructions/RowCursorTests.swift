import Datasets
import FileFormats
import Foundation
import Testing
import TestSupport

/// Rows of any length, read through windows of any size, are those of the file read at once.
@Suite struct RowCursorTests {
  private struct Row: Equatable {
    let place: Range<Int>
    let value: JSONValue
    let text: String
  }

  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func rows(_ text: String, block: Int, most: Int = 1 << 20) throws -> [Row] {
    let path = try directory.write(Array(text.utf8), to: "rows.json")
    let file = try RowFile(path, limits: RowFile.Limits(blockBytes: block, rowBytes: most))
    var result: [Row] = []
    try file.forEachRow { place, row in
      switch row {
      case .success(let value):
        #expect((try? file.row(at: place)) == value)
        result.append(Row(place: place, value: value, text: ""))
      case .failure(let problem): result.append(Row(place: place, value: .null, text: "\(problem)"))
      }
      return true
    }
    return result
  }

  @Test func theSizeOfTheWindowChangesNothing() throws {
    let lines = [
      #"{"a": "é😀\ud83d\ude00", "b": [1.5, 22, true, null]}"#, #"{"long": "\#(String(repeating: "x", count: 300))"}"#,
      #"{"bad": tru}"#, "12345678", #"{"a": "cut"#, "{\"a\": {\"b\":\n [1,\n 2]}}", #"{"x": 1e}"#, #"{"a":1} {"b":2}"#,
    ]
    for text in [
      lines.joined(separator: "\n"), lines.joined(separator: "\r\n") + "\n", "[" + lines[0] + ", {\"c\":1}]",
    ] {
      let whole = try rows(text, block: 1 << 20)
      #expect(whole.count > 1)
      for block in [1, 2, 7, 16, 33, 64, 100] {
        let parts = try rows(text, block: block)
        #expect(parts == whole, "\(block)")
      }
    }
  }

  @Test(arguments: [8, 64, 1 << 20])
  func rowsThatAreTooLargeAreNamedWithTheirLength(block: Int) throws {
    let large = #"{"text": "\#(String(repeating: "x", count: 500))"}"#
    let small = #"{"text": "small"}"#
    let found = try rows([small, large, small].joined(separator: "\n"), block: block, most: 200)
    #expect(found.count == 3 && found[1].text.contains("has \(large.utf8.count) bytes, the most of one row are 200"))
    #expect(try rows(large, block: block, most: large.utf8.count).map(\.place) == [0..<large.utf8.count])
    let array = try rows("[\(small), \(large)]", block: block, most: 200)
    #expect(array.count == 2 && array[1].text.contains("has more bytes"))
    // A number without an end.
    let number = "{\"x\": " + String(repeating: "7", count: 999)
    #expect(try rows(number, block: block, most: 200)[0].text.contains("has 1005 bytes"))
  }
}
