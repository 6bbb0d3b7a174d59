import FileFormats

/// Walks over the values of a JSON text from the first to the last.
struct RowCursor {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private let isArray: Bool
  private var isDone = false
  /// Whether no value has been read yet; before all others of an array stands a comma.
  private var isFirst = true

  init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
    self.bytes = bytes
    if let kind = Self.otherKind(bytes) { throw InstructionDataError.notJSON(path: path, found: kind) }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    position = Self.afterWhiteSpace(bytes, position)
    isArray = position < bytes.count && bytes[position] == UInt8(ascii: "[")
    if isArray { position += 1 }
  }

  /// The next value, or what is wrong in its place; nil behind the last.
  mutating func next() -> (offset: Int, row: Result<JSONValue, RowProblem>)? {
    guard !isDone else { return nil }
    skipWhiteSpace()
    let separation = isArray ? readSeparation() : position == bytes.count ? .end : .row
    switch separation {
    case .row: return readRow()
    case .end:
      isDone = true
      return nil
    case .problem(let reason):
      isDone = true
      return (min(position, bytes.count - 1), .failure(.invalidJSON(reason: reason)))
    }
  }

  private mutating func readRow() -> (offset: Int, row: Result<JSONValue, RowProblem>) {
    let start = position
    do {
      let (value, end) = try JSONParser.parseValue(bytes, at: start)
      position = end
      isFirst = false
      return (start, .success(value))
    } catch {
      recover(from: start)
      return (start, .failure(problem(error as? JSONSyntaxError, start: start)))
    }
  }

  private enum Separation {
    case row
    case end
    case problem(String)
  }

  /// Reads what stands before an element of an array, or its end.
  private mutating func readSeparation() -> Separation {
    let cutOff = Separation.problem("the file ends inside the array; it was cut off, or its last ] is missing")
    guard position < bytes.count else { return cutOff }
    if bytes[position] == UInt8(ascii: "]") {
      position += 1
      skipWhiteSpace()
      return position == bytes.count
        ? .end
        : .problem("something follows the array; put all rows into one array, or one object per line without brackets")
    }
    guard !isFirst else { return .row }
    guard bytes[position] == UInt8(ascii: ",") else { return .problem("expected ',' or ']' after a row of the array") }
    position += 1
    skipWhiteSpace()
    guard position < bytes.count else { return cutOff }
    return bytes[position] == UInt8(ascii: "]")
      ? .problem("a comma stands before the end of the array; remove it") : .row
  }

  /// After a mistake in a row, objects that begin a line are taken for rows; in an array all hope is lost.
  private mutating func recover(from start: Int) {
    guard !isArray else {
      isDone = true
      return
    }
    position = start
    repeat {
      while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
      position = min(position + 1, bytes.count)
    } while position < bytes.count && bytes[position] != UInt8(ascii: "{")
  }

  private func problem(_ error: JSONSyntaxError?, start: Int) -> RowProblem {
    guard let error else { return .invalidJSON(reason: "cannot be read") }
    let lines = error.line - 1
    // An offset in the row counts from the start of its line, and a row may begin behind others on the line.
    let lineStart = bytes[..<min(error.offset, bytes.count)].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let place = lines == 0 ? "" : "\(lines) line\(lines == 1 ? "" : "s") further down, "
    return .invalidJSON(reason: "\(error.message), \(place)at byte \(error.offset - lineStart + 1) of the line")
  }

  private mutating func skipWhiteSpace() { position = Self.afterWhiteSpace(bytes, position) }

  private static func afterWhiteSpace(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
    var position = start
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    return position
  }

  /// What a file is that people take for JSON, as far as its first bytes tell.
  private static func otherKind(_ bytes: UnsafeRawBufferPointer) -> String? {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return "UTF-16 text; convert it, as in: iconv -f UTF-16 -t UTF-8"
    }
    if bytes.starts(with: Array("PAR1".utf8)) { return "a Parquet file; export its rows as JSON lines" }
    if bytes.starts(with: Array("ARROW1".utf8)) { return "an Arrow file; export its rows as JSON lines" }
    let start = afterWhiteSpace(bytes, bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    guard start < bytes.count else { return nil }
    let first = bytes[start]
    if first == 0 { return "binary data" }
    if first == UInt8(ascii: "<") { return "HTML or XML; a web page may have been saved instead of the file" }
    guard ![UInt8(ascii: "{"), UInt8(ascii: "[")].contains(first) else { return nil }
    let line = bytes[start...].prefix(60).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let text = String(decoding: line, as: UTF8.self)
    return text.contains(",") && !text.hasPrefix("\"")
      ? "text that begins with \"\(text)\", perhaps a table (CSV); write its rows as JSON objects"
      : "text that begins with \"\(text)\"; write its rows as JSON objects"
  }
}
