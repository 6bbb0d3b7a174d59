import Tokenization

/// Examples of what a model is to answer: a JSON file whose rows become tokens when they are asked for.
///
/// Opening it reads every row once. A row that cannot be used is an error, and what is done to over-long rows is
/// counted: nothing is left out in silence.
public final class InstructionDataset: Sendable {
  public let statistics: InstructionStatistics
  /// The shape of the rows.
  public let format: InstructionConfiguration.Format
  /// SHA-256, in hexadecimal, of the file and everything else that decides about tokens and trained tokens.
  public let fingerprint: String
  public let path: String
  /// Positions of the longest sequence.
  public let maximumSequenceLength: Int
  /// With the variables of the configuration.
  public let template: ChatTemplate
  /// Of the tokenizer that makes the tokens.
  public let tokenByteCounts: TokenByteCounts
  private let reader: RowReader
  private let index: ExampleIndex<TokenizedExample>

  /// - Parameters:
  ///   - tokenizer: has the special tokens of the template.
  ///   - maximumSequenceLength: positions of a sequence; a row may have one token more, since the last is only
  ///     predicted.
  ///   - seed: draws the rows that `validationFraction` holds out.
  ///   - part: `validation` only for a configuration that has validation data.
  /// - Throws: `InstructionDataError`, `CorpusError` for files that cannot be read or unpacked, `ChatTemplateError` for
  ///   a missing special token, or a variable that the template does not read.
  public init(
    _ configuration: InstructionConfiguration, tokenizer: any Tokenizer, template: ChatTemplate,
    maximumSequenceLength: Int, seed: UInt64, part: DatasetPart = .training
  ) throws {
    var builder = try ExampleBuilder(
      configuration, tokenizer: tokenizer, template: template, trainsOnInput: configuration.trainsOnInput,
      maximumSequenceLength: maximumSequenceLength)
    builder.trainedAnswers = configuration.trainedAnswers
    let options = DatasetOptions(configuration, part: part, seed: seed, builder: builder)
    let reader = RowReader(template: builder.template, reasoning: configuration.reasoning)
    self.reader = reader
    index = try ExampleIndex(options, formats: InstructionConfiguration.Format.supervised) { [builder] row, format in
      let (content, unusedKeys) = try reader.content(of: row, format: format)
      return try builder.fitted(builder.example(content)).leaving(unusedKeys)
    }
    statistics = index.statistics
    format = index.format
    fingerprint = try options.fingerprint(of: index.files, format: index.format)
    path = options.path
    self.template = builder.template
    tokenByteCounts = TokenByteCounts(tokenizer)
    self.maximumSequenceLength = maximumSequenceLength
  }

  /// Number of examples.
  public var count: Int { index.entries.count }

  /// Example `number`, in the order of the file.
  public subscript(number: Int) -> TokenizedExample {
    get throws { try index[number] }
  }

  /// The messages that the row of example `number` consists of; nil for a plain text.
  public func messages(_ number: Int) throws -> [ChatMessage]? {
    let content = try reader.content(of: index.row(number), format: format).content
    guard case .conversation(let conversation) = content else { return nil }
    return conversation.messages.map(\.message)
  }

  /// Tokens of example `number`.
  func length(_ number: Int) -> Int { Int(index.entries[number].length) }

  /// The line, counted from 1, on which the row of example `number` begins.
  /// - Throws: `CorpusError` when the file can no longer be read.
  public func line(_ number: Int) throws -> Int { try index.line(number) }

  /// Where that row is, for people: the line, and the file if there are several.
  /// - Throws: as ``line(_:)``.
  public func spokenPlace(_ number: Int) throws -> String { try index.spokenPlace(number) }
}
