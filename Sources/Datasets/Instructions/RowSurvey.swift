import FileFormats

/// The first look at all rows of a file: finds their shape, checks every one, and counts.
struct RowSurvey<Example: CountedExample> {
  typealias Format = InstructionConfiguration.Format

  private let options: DatasetOptions
  private let formats: [Format]
  private let file: RowFile
  private let reader: RowReader
  /// The shape that all rows must have: that of the first row that has one.
  private(set) var format: Format
  private var isLimited = false
  private var problems: [(offset: Int, problem: RowProblem, keys: [String])] = []
  private var problemCount = 0
  private var unusedKeys: [String: Int] = [:]
  private var rows: [RowSummary] = []
  /// Of all examples of all rows, one after another.
  private var examples: [(length: UInt32, isDesirable: Bool)] = []

  init(_ options: DatasetOptions, formats: [Format], file: RowFile) {
    (self.options, self.file) = (options, file)
    self.formats = formats
    reader = RowReader(template: options.builder.template)
    format = options.format
  }

  /// Takes the next row.
  /// - Returns: whether more are wanted.
  mutating func read(
    _ place: Range<Int>, _ row: Result<JSONValue, RowProblem>, _ make: ExampleIndex<Example>.Make
  ) -> Bool {
    guard rows.count + problemCount < options.maximumSamples ?? .max else {
      isLimited = true
      return false
    }
    var keys: [String] = []
    do {
      guard case .object(let members) = try row.get() else { throw RowProblem.notAnObject(found: try row.get().kind) }
      keys = members.keys.sorted()
      let row = try ExampleRow(members, of: file, at: place).renamed(options.columns)
      format = try reader.format(of: row.members, expected: format, among: formats)
      let fitted = try make(row, format)
      rows.append(RowSummary(fitted, place: place))
      examples += fitted.examples.map { (UInt32($0.longestLength), $0.isDesirable) }
      for key in fitted.unusedKeys { unusedKeys[key, default: 0] += 1 }
    } catch {
      let error = rowsUnderKey(keys, row, place, error)
      problemCount += 1
      if problems.count < InstructionDataError.shownReports {
        problems.append((place.lowerBound, error as? RowProblem ?? .invalidJSON(reason: "\(error)"), keys))
      }
    }
    return true
  }

  /// Where a row has no known shape but is all of the file, its rows may lie under one of its keys.
  private func rowsUnderKey(
    _ keys: [String], _ row: Result<JSONValue, RowProblem>, _ place: Range<Int>, _ error: any Error
  ) -> any Error {
    guard case .unknownShape? = error as? RowProblem, rows.isEmpty, problemCount == 0,
      let members = try? row.get().objectValue, let key = RowReader.rowsKey(members), (try? file.isAll(place)) == true
    else { return error }
    return RowProblem.rowsUnderKey(key)
  }

  /// - Throws: `InstructionDataError` if there is anything wrong with the rows.
  func finish() throws -> (entries: [ExampleIndex<Example>.Entry], statistics: InstructionStatistics) {
    guard problemCount == 0 else {
      let lines = try file.lines(at: problems.map(\.offset))
      let reports = zip(lines, problems).map { line, found in
        InstructionDataError.Report(line: line, problem: found.problem, keys: found.keys)
      }
      throw InstructionDataError.rows(path: file.path, reports: reports, count: problemCount)
    }
    guard !rows.isEmpty else { throw InstructionDataError.noRows(path: file.path) }
    let holdOut = try holdOut()
    var statistics = InstructionStatistics(ignoredKeyCounts: unusedKeys, isLimited: isLimited)
    var entries: [ExampleIndex<Example>.Entry] = []
    var first = 0
    for (number, row) in rows.enumerated() {
      defer { first += Int(row.exampleCount) }
      guard holdOut?.contains(number, in: options.part) ?? true else { continue }
      statistics.add(row)
      for part in 0..<row.exampleCount {
        let (length, isDesirable) = examples[first + Int(part)]
        entries.append(.init(offset: row.offset, rowBytes: row.byteCount, part: part, length: length, isDesirable: isDesirable))
      }
    }
    guard !entries.isEmpty else {
      throw InstructionDataError.nothingLeft(
        path: file.path, rows: statistics.rows, limit: options.builder.tokenLimit)
    }
    return (entries, statistics)
  }

  private func holdOut() throws -> HoldOut? {
    guard let fraction = options.heldOutFraction else { return nil }
    guard rows.count > 1 else { throw InstructionDataError.tooFewRowsToSplit(path: file.path, rows: rows.count) }
    return HoldOut(rows: rows.count, fraction: fraction, seed: options.seed)
  }
}

/// The figures of a row that is no longer in memory.
struct RowSummary {
  let offset: Int
  let byteCount: UInt32
  let exampleCount: UInt32
  let tokens: UInt32
  let trainedTokens: UInt32
  let lostTokens: UInt32
  let lostTrainedTokens: UInt32
  /// Tokens of its longest sequence before anything was cut off.
  let length: UInt32
  let outcome: RowOutcome

  init<Example>(_ row: FittedRow<Example>, place: Range<Int>) {
    offset = place.lowerBound
    byteCount = UInt32(place.count)
    exampleCount = UInt32(row.examples.count)
    tokens = UInt32(row.examples.reduce(0) { $0 + $1.tokenCount })
    trainedTokens = UInt32(row.examples.reduce(0) { $0 + $1.trainedTokenCount })
    lostTokens = UInt32(row.lostTokens)
    lostTrainedTokens = UInt32(row.lostTrainedTokens)
    length = UInt32(row.original.longestLength)
    outcome = row.outcome
  }
}
