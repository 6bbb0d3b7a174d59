import FileFormats
import Templates
import Tokenization

/// The examples of a part of a file: looked at once to check and count them, made again whenever they are asked for.
struct ExampleIndex<Example: CountedExample>: Sendable {
  /// Where an example comes from.
  struct Entry {
    /// The byte at which its row begins.
    var offset: Int
    /// Bytes of its row.
    var rowBytes: UInt32
    /// Which of the examples of its row it is.
    var part: UInt32
    /// Tokens of its longest sequence.
    var length: UInt32
    var isDesirable: Bool
    /// Which of the files its row is in.
    var file: UInt16

    /// Where its row lies in the file.
    var place: Range<Int> { offset..<offset + Int(rowBytes) }
  }

  /// Makes the examples of a row.
  typealias Make = @Sendable (ExampleRow, InstructionConfiguration.Format) throws -> FittedRow<Example>

  let files: [RowFile]
  let entries: [Entry]
  let statistics: InstructionStatistics
  let format: InstructionConfiguration.Format
  private let make: Make
  private let columns: RowColumns

  /// Reads all rows.
  /// - Parameter formats: the shapes that are of use, in the order in which they are looked for.
  /// - Throws: `InstructionDataError` with what is wrong in the rows.
  init(
    _ options: DatasetOptions, formats: [InstructionConfiguration.Format], make: @escaping Make
  ) throws {
    files = try options.sources.map { try RowFile($0.path) }
    columns = options.columns
    self.make = make
    var survey = RowSurvey<Example>(options, formats: formats, files: files)
    for number in files.indices {
      survey.file = number
      try files[number].forEachRow { place, row in survey.read(place, row, make) }
    }
    (entries, statistics) = try survey.finish()
    format = survey.format
  }

  subscript(number: Int) -> Example {
    get throws { try make(row(number), format).examples[Int(entries[number].part)] }
  }

  /// The line, counted from 1, on which the row of example `number` begins.
  func line(_ number: Int) throws -> Int { try files[Int(entries[number].file)].line(at: entries[number].offset) }

  /// Where the row of example `number` is, for people.
  func spokenPlace(_ number: Int) throws -> String {
    let line = try line(number)
    return files.count == 1 ? "line \(line)" : "\(files[Int(entries[number].file)].path):\(line)"
  }

  /// The row of example `number`.
  func row(_ number: Int) throws -> ExampleRow {
    let place = entries[number].place
    let file = files[Int(entries[number].file)]
    guard case .object(let row) = try file.row(at: place) else {
      throw InstructionDataError.notJSON(path: file.path, found: "something else than when it was opened")
    }
    return try ExampleRow(row, of: file, at: place).renamed(columns)
  }
}

/// What decides which examples a file gives.
struct DatasetOptions: Sendable {
  let sources: [DataSource]
  let format: InstructionConfiguration.Format
  let part: DatasetPart
  /// Rows are divided when this is set.
  let heldOutFraction: Double?
  let maximumSamples: Int?
  let seed: UInt64
  let builder: ExampleBuilder
  let columns: RowColumns
  private let reasoning: InstructionConfiguration.Reasoning
  private let templateVariables: JinjaDictionary

  init(_ configuration: InstructionConfiguration, part: DatasetPart, seed: UInt64, builder: ExampleBuilder) {
    let hasFile = configuration.validationPath != nil
    let heldOutFile = part == .validation ? configuration.validationPath : nil
    sources = heldOutFile.map { [DataSource(path: $0)] } ?? configuration.sources
    format = configuration.format
    self.part = part
    heldOutFraction = hasFile ? nil : configuration.validationFraction
    maximumSamples = part == .validation && hasFile ? nil : configuration.maximumSamples
    self.seed = seed
    self.builder = builder
    columns = configuration.columns
    reasoning = configuration.reasoning
    templateVariables = configuration.templateVariables
  }

  var path: String { sources.spokenPaths }

  /// SHA-256 over the files and everything that changes the tokens of the examples.
  /// - Parameter labels: whether answers are good or bad, and the last of a conversation is meant.
  func fingerprint(
    of files: [RowFile], format: InstructionConfiguration.Format, labels: Bool = false
  ) throws -> String {
    var fields: [(String, String)] = [
      ("version", "1"), ("file", sources.fingerprint(try files.map { try $0.sha256 })), ("format", format.rawValue),
      ("part", part.rawValue),
      ("held out", heldOutFraction.map { "\($0) by seed \(seed)" } ?? "none"),
      ("most rows", maximumSamples.map(String.init) ?? "all"), ("template", builder.template.jinja),
      ("vocabulary", "\(builder.tokenizer.vocabularySize)"),
      ("special tokens", builder.tokenizer.specialTokens.map { "\($0.id) \($0.text)" }.joined(separator: "\n")),
      ("trains on input", "\(builder.trainsOnInput)"), ("overlong", builder.overlong.rawValue),
      ("length", "\(builder.maximumSequenceLength)"),
    ]
    if !columns.paths.isEmpty {
      let names = columns.paths.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      fields.append(("columns", names.joined(separator: "\n")))
    }
    if builder.trainedAnswers != .all { fields.append(("trains on", builder.trainedAnswers.rawValue)) }
    if reasoning != .template { fields.append(("reasoning", reasoning.rawValue)) }
    if labels { fields.append(("labels", "good or bad")) }
    if !templateVariables.isEmpty {
      fields.append(("template variables", try JinjaValue.dictionary(templateVariables).jsonText()))
    }
    if !builder.tokenizer.encodesBytesAsThemselves { fields.append(("tokenizer", builder.tokenizer.fingerprint)) }
    let text = fields.map { "\($0.0): \($0.1)\n" }.joined()
    return SHA256.hexadecimal(of: text)
  }
}
