import FileFormats

/// The first look at all rows of a file: finds their shape, checks every one, and counts.
struct RowSurvey<Example: CountedExample> {
  typealias Format = InstructionConfiguration.Format

  private let options: DatasetOptions
  private let formats: [Format]
  private let files: [RowFile]
  /// The one that is being read.
  var file = 0
  private let reader: RowReader
  /// The shape that all rows must have: that of the first row that has one.
  private(set) var format: Format
  private var isLimited = false
  private var problems: [(file: Int, offset: Int, problem: RowProblem, keys: [String])] = []
  private var problemCount = 0
  private var unusedKeys: [String: Int] = [:]
  private var rows: [RowSummary] = []
  /// Of all examples of all rows, one after another.
  private var examples: [(length: UInt32, isDesirable: Bool)] = []

  init(_ options: DatasetOptions, formats: [Format], files: [RowFile]) {
    (self.options, self.files) = (options, files)
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
      let row = try ExampleRow(members, of: files[file], at: place).renamed(options.columns)
      format = try reader.format(of: row.members, expected: format, among: formats)
      let fitted = try make(row, format)
      rows.append(RowSummary(fitted, file: file, place: place))
      examples += fitted.examples.map { (UInt32($0.longestLength), $0.isDesirable) }
      for key in fitted.unusedKeys { unusedKeys[key, default: 0] += 1 }
    } catch {
      let error = rowsUnderKey(keys, row, place, error)
      problemCount += 1
      if problems.count < InstructionDataError.shownReports {
        problems.append((file, place.lowerBound, error as? RowProblem ?? .invalidJSON(reason: "\(error)"), keys))
      }
    }
    return true
  }

  /// Where a row has no known shape but is all of the file, its rows may lie under one of its keys.
  private func rowsUnderKey(
    _ keys: [String], _ row: Result<JSONValue, RowProblem>, _ place: Range<Int>, _ error: any Error
  ) -> any Error {
    guard case .unknownShape? = error as? RowProblem, rows.isEmpty, problemCount == 0,
      let members = try? row.get().objectValue, let key = RowReader.rowsKey(members),
      (try? files[file].isAll(place)) == true
    else { return error }
    return RowProblem.rowsUnderKey(key)
  }

  /// - Throws: `InstructionDataError` if there is anything wrong with the rows.
  func finish() throws -> (entries: [ExampleIndex<Example>.Entry], statistics: InstructionStatistics) {
    guard problemCount == 0 else {
      throw InstructionDataError.rows(path: options.path, reports: try reports(), count: problemCount)
    }
    guard !rows.isEmpty else { throw InstructionDataError.noRows(path: options.path) }
    let holdOut = try holdOut()
    var statistics = InstructionStatistics(ignoredKeyCounts: unusedKeys, isLimited: isLimited)
    var entries: [ExampleIndex<Example>.Entry] = []
    let counts = files.indices.map { file in rows.count { Int($0.file) == file } }
    let firstRows = counts.indices.map { counts[..<$0].reduce(0, +) }
    let repetitions = RowRepetitions(options.sources, rows: counts, seed: options.seed)
    var first = 0
    for (number, row) in rows.enumerated() {
      defer { first += Int(row.exampleCount) }
      guard holdOut?.contains(number, in: options.part) ?? true else { continue }
      let times = options.part == .training ? repetitions.times(ofRow: number - firstRows[Int(row.file)], row.file) : 1
      statistics.add(row, times: times)
      for part in repeatElement(0..<row.exampleCount, count: times).joined() {
        let (length, isDesirable) = examples[first + Int(part)]
        entries.append(
          .init(
            offset: row.offset, rowBytes: row.byteCount, part: part, length: length, isDesirable: isDesirable,
            file: row.file))
      }
    }
    guard !entries.isEmpty else {
      throw InstructionDataError.nothingLeft(
        path: options.path, rows: statistics.rows, limit: options.builder.tokenLimit)
    }
    return (entries, statistics)
  }

  private func reports() throws -> [InstructionDataError.Report] {
    try files.indices.flatMap { number in
      let found = problems.filter { $0.file == number }
      let lines = try files[number].lines(at: found.map(\.offset))
      return zip(lines, found).map { line, found in
        InstructionDataError.Report(
          path: files[number].path, line: line, problem: found.problem, keys: found.keys)
      }
    }
  }

  private func holdOut() throws -> HoldOut? {
    guard let fraction = options.heldOutFraction else { return nil }
    guard rows.count > 1 else { throw InstructionDataError.tooFewRowsToSplit(path: options.path, rows: rows.count) }
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
  let file: UInt16

  init<Example>(_ row: FittedRow<Example>, file: Int, place: Range<Int>) {
    self.file = UInt16(file)
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
