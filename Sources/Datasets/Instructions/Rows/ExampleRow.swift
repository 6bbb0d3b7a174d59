import FileFormats
import Templates
import Tokenization

/// A row of a file: what lies under its keys, and the same in the order of the file for what a template is to write.
struct ExampleRow {
  let members: [String: JSONValue]
  private let file: RowFile
  private let place: Range<Int>
  /// Where the file has a value that goes by another key.
  private let columns: RowColumns

  init(_ members: [String: JSONValue], of file: RowFile, at place: Range<Int>, columns: RowColumns = RowColumns()) {
    (self.members, self.file, self.place) = (members, file, place)
    self.columns = columns
  }

  subscript(key: String) -> JSONValue? { members[key] }

  /// Whether there is something under a key.
  func has(_ key: String) -> Bool { ![nil, .null, .array([]), .string("")].contains(members[key]) }

  /// What the file calls a key, for messages about it.
  func name(of key: String) -> String { columns.paths[key] ?? key }

  /// With other keys for some values.
  /// - Throws: `RowProblem.missingColumn` where there is nothing that could be one of them.
  func renamed(_ columns: RowColumns) throws(RowProblem) -> ExampleRow {
    if let (key, path) = columns.missing(in: members) { throw .missingColumn(key: key, path: path) }
    return ExampleRow(columns.applied(to: members), of: file, at: place, columns: columns.behind(self.columns))
  }

  /// The value of a key, objects in their order; reads the row once more.
  func ordered(_ key: String) throws(RowProblem) -> JinjaValue {
    do {
      let row = try JinjaValue(json: file.text(at: place))
      return RowColumns.value(
        at: name(of: key), in: row,
        member: { row, key in
          guard case .dictionary(let members) = row else { return nil }
          return members[key]
        }) ?? .none
    } catch {
      throw .invalidJSON(reason: "\(error)")
    }
  }
}
