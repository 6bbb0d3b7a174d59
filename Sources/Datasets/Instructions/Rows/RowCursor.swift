import FileFormats

/// Walks over the values of a JSON text from the first to the last, of which no more than one and some neighbours are in
/// memory.
struct RowCursor {
  /// A value, or what is wrong in its place.
  typealias Row = (place: Range<Int>, value: Result<JSONValue, RowProblem>)

  private let text: TextCorpus
  private let limits: RowFile.Limits
  private var window: RowWindow
  private var position = 0
  private let isArray: Bool
  private var isDone = false
  /// Whether no value has been read yet; before all others of an array stands a comma.
  private var isFirst = true

  /// - Throws: `InstructionDataError.notJSON`; `CorpusError` when the text cannot be read.
  init(_ text: TextCorpus, limits: RowFile.Limits) throws {
    (self.text, self.limits) = (text, limits)
    let beginning = try text.bytes(in: 0..<min(text.byteCount, FileKind.neededBytes))
    if let kind = OtherThanRows.kind(beginning, path: text.path) {
      throw InstructionDataError.notJSON(path: text.path, found: kind)
    }
    window = RowWindow(text, blockBytes: limits.blockBytes)
    position = beginning.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    position = try Self.afterWhiteSpace(&window, position)
    isArray = try window.byte(at: position) == UInt8(ascii: "[")
    if isArray { position += 1 }
  }

  /// The next value, or what is wrong in its place; nil behind the last.
  /// - Throws: `CorpusError` when the text can no longer be read.
  mutating func next() throws -> Row? {
    guard !isDone else { return nil }
    try skipWhiteSpace()
    let separation: Separation =
      if isArray { try readSeparation() } else { position == text.byteCount ? .end : .row }
    switch separation {
    case .row: return try readRow()
    case .end:
      isDone = true
      return nil
    case .problem(let reason):
      isDone = true
      let place = min(position, text.byteCount - 1)
      return (place..<place + 1, .failure(.invalidJSON(reason: reason)))
    }
  }

  private mutating func readRow() throws -> Row {
    let start = position
    switch try parse(at: start) {
    case .value(let value, let end):
      position = end
      isFirst = false
      return (start..<end, .success(value))
    case .broken(let error):
      let problem = problem(error, start: start)
      try recover(from: start)
      return (start..<start + 1, .failure(problem))
    case .tooLong:
      let lineEnd = try recover(from: start)
      let length = lineEnd.map { $0 - start }
      return (start..<start + 1, .failure(.rowTooLarge(bytes: length, limit: limits.rowBytes)))
    }
  }

  // MARK: Values

  private enum Parsed {
    case value(JSONValue, end: Int)
    case broken(JSONSyntaxError)
    case tooLong
  }

  /// Parses the value at `start`, with as much of the text in memory as it takes.
  private mutating func parse(at start: Int) throws -> Parsed {
    // A mistake this near to the end of what was looked at may be the lack of what follows.
    let doubtfulBytes = 16
    _ = try window.byte(at: start)
    while true {
      let offset = start - window.start
      let isAll = window.reachesEnd
      do {
        let (value, end) = try window.bytes.withUnsafeBytes { try JSONParser.parseValue($0, at: offset) }
        // A number goes on as long as there are digits.
        if isAll || end < window.bytes.count {
          return end - offset > limits.rowBytes ? .tooLong : .value(value, end: window.start + end)
        }
      } catch let error as JSONSyntaxError {
        if isAll || error.offset < window.bytes.count - doubtfulBytes {
          return error.offset - offset > limits.rowBytes ? .tooLong : .broken(error)
        }
      }
      if window.bytes.count - offset > limits.rowBytes + doubtfulBytes { return .tooLong }
      let wanted = max(limits.blockBytes, 2 * (window.bytes.count - offset))
      try window.move(to: start, count: min(wanted, limits.rowBytes + 2 * doubtfulBytes))
    }
  }

  // MARK: Between values

  private enum Separation {
    case row
    case end
    case problem(String)
  }

  /// Reads what stands before an element of an array, or its end.
  private mutating func readSeparation() throws -> Separation {
    let cutOff = Separation.problem("the file ends inside the array; it was cut off, or its last ] is missing")
    guard let byte = try window.byte(at: position) else { return cutOff }
    if byte == UInt8(ascii: "]") {
      position += 1
      try skipWhiteSpace()
      return position == text.byteCount
        ? .end
        : .problem("something follows the array; put all rows into one array, or one object per line without brackets")
    }
    guard !isFirst else { return .row }
    guard byte == UInt8(ascii: ",") else { return .problem("expected ',' or ']' after a row of the array") }
    position += 1
    try skipWhiteSpace()
    guard let next = try window.byte(at: position) else { return cutOff }
    return next == UInt8(ascii: "]")
      ? .problem("a comma stands before the end of the array; remove it") : .row
  }

  /// After a mistake in a row, objects that begin a line are taken for rows; in an array all hope is lost.
  /// - Returns: where the line of the row ends; nil in an array.
  @discardableResult
  private mutating func recover(from start: Int) throws -> Int? {
    guard !isArray else {
      isDone = true
      return nil
    }
    position = start
    var firstEnd: Int?
    repeat {
      while let byte = try window.byte(at: position), byte != UInt8(ascii: "\n") { position += 1 }
      firstEnd = firstEnd ?? position
      position = min(position + 1, text.byteCount)
    } while try position < text.byteCount && window.byte(at: position) != UInt8(ascii: "{")
    return firstEnd
  }

  private func problem(_ error: JSONSyntaxError, start: Int) -> RowProblem {
    let lines = error.line - 1
    // An offset in the row counts from the start of its line, and a row may begin behind others on the line.
    let before = window.bytes[..<min(error.offset, window.bytes.count)]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let place = lines == 0 ? "" : "\(lines) line\(lines == 1 ? "" : "s") further down, "
    return .invalidJSON(reason: "\(error.message), \(place)at byte \(error.offset - lineStart + 1) of the line")
  }

  private mutating func skipWhiteSpace() throws { position = try Self.afterWhiteSpace(&window, position) }

  private static func afterWhiteSpace(_ window: inout RowWindow, _ start: Int) throws -> Int {
    var position = start
    while let byte = try window.byte(at: position), [0x20, 0x0A, 0x0D, 0x09].contains(byte) { position += 1 }
    return position
  }
}
