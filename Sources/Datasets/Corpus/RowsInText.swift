import FileFormats

/// Finds rows in JSON where a text is wanted: their keys and quotes would be learnt with the text in them.
enum RowsInText {
  /// Keys by which one object alone is a row.
  private static let keysOfRows = [
    ["text"], ["messages"], ["conversations"], ["prompt", "completion"], ["instruction", "output"],
    ["chosen", "rejected"],
  ]

  /// nil for a text that only begins like JSON.
  /// - Parameter isWhole: whether there is nothing behind `beginning`.
  static func objection(_ beginning: [UInt8], isWhole: Bool, path: String) -> CorpusError? {
    let isMarked = beginning.starts(with: [0xEF, 0xBB, 0xBF])
    guard let start = beginning[(isMarked ? 3 : 0)...].firstIndex(where: { !isWhiteSpace($0) }) else { return nil }
    let isArray = beginning[start] == UInt8(ascii: "[")
    guard isArray || beginning[start] == UInt8(ascii: "{") else { return nil }
    return beginning.withUnsafeBytes { bytes -> CorpusError? in
      guard let first = object(bytes, after: isArray ? start + 1 : start) else { return nil }
      let next = beginning[first.end...].first { !isWhiteSpace($0) }
      let keys = first.members.keys.sorted()
      let isList: Bool =
        if isArray {
          next == UInt8(ascii: ",") || next == UInt8(ascii: "]")
        } else if next == nil && isWhole {
          // One object alone may be a text of its own, such as a configuration.
          keysOfRows.contains { $0.allSatisfy { first.members[$0] != nil } }
        } else {
          object(bytes, after: first.end) != nil || next == UInt8(ascii: "{") && !isWhole
        }
      return isList ? objection(keys, first.members, isArray, path) : nil
    }
  }

  private static func objection(
    _ keys: [String], _ members: [String: JSONValue], _ isArray: Bool, _ path: String
  ) -> CorpusError {
    let names = keys.prefix(6).map { $0.printable(limit: 40) }.joined(separator: ", ")
    let text = members["text"] != nil ? "text" : keys.first { members[$0]?.stringValue != nil && isPlain($0) }
    let filter = text.map { (isArray ? ".[]." : ".") + $0 }
    let extraction = filter.map { "take the text out of them: jq -r '\($0)' FILE > text.txt" }
    return .notText(
      path: path, found: "\(isArray ? "an array" : "a file") of rows in JSON (keys: \(names))",
      advice: FileKind.advice(
        (extraction.map { $0 + ", or " } ?? "") + "train on them as rows with recipe: sft", path: path))
  }

  private static func isPlain(_ key: String) -> Bool {
    !key.isEmpty && key.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "_") }
  }

  private static func object(
    _ bytes: UnsafeRawBufferPointer, after offset: Int
  ) -> (members: [String: JSONValue], end: Int)? {
    guard let (value, end) = try? JSONParser.parseValue(bytes, at: offset), case .object(let members) = value,
      !members.isEmpty
    else { return nil }
    return (members, end)
  }

  private static func isWhiteSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
