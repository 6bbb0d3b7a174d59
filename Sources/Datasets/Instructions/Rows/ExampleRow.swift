import FileFormats
import Tokenization

/// A row of a file: what lies under its keys, and the same in the order of the file for what a template is to write.
struct ExampleRow {
  let members: [String: JSONValue]
  private let file: RowFile
  private let offset: Int

  init(_ members: [String: JSONValue], of file: RowFile, at offset: Int) {
    (self.members, self.file, self.offset) = (members, file, offset)
  }

  subscript(key: String) -> JSONValue? { members[key] }

  /// Whether there is something under a key.
  func has(_ key: String) -> Bool { ![nil, .null, .array([]), .string("")].contains(members[key]) }

  /// The value of a key, objects in their order; reads the row once more.
  func ordered(_ key: String) throws(RowProblem) -> JinjaValue {
    do {
      guard case .dictionary(let row) = try JinjaValue(json: file.text(at: offset)) else { return .none }
      return row[key] ?? .none
    } catch {
      throw .invalidJSON(reason: "\(error)")
    }
  }
}
