import Tokenization

/// Answers of which each is good or bad: a JSON file whose rows become tokens when they are asked for.
///
/// Opening it reads every row once and reports what cannot be used, as ``InstructionDataset`` does. A file of pairs gives
/// two answers for each.
public final class UnpairedDataset: Sendable {
  public let statistics: InstructionStatistics
  /// SHA-256, in hexadecimal, of the file and everything else that decides about tokens and labels.
  public let fingerprint: String
  public let path: String
  /// Positions of the longest sequence.
  public let maximumSequenceLength: Int
  /// Of the tokenizer that makes the tokens.
  public let tokenByteCounts: TokenByteCounts
  private let index: ExampleIndex<LabelledExample>

  /// - Parameters: as for ``InstructionDataset``; inputs are never trained.
  /// - Throws: as ``InstructionDataset``; `InstructionDataError.cannotSplitPairs`, `InstructionDataError.noOtherAnswer`.
  public init(
    _ configuration: InstructionConfiguration, tokenizer: any Tokenizer, template: ChatTemplate,
    maximumSequenceLength: Int, seed: UInt64, part: DatasetPart = .training
  ) throws {
    let builder = try ExampleBuilder.ofWholeAnswers(
      configuration, tokenizer: tokenizer, template: template, maximumSequenceLength: maximumSequenceLength)
    let options = DatasetOptions(configuration, part: part, seed: seed, builder: builder)
    let reader = UnpairedReader(template: builder.template, reasoning: configuration.reasoning)
    index = try ExampleIndex(options, formats: InstructionConfiguration.Format.unpaired) { row, format in
      try reader.fitted(row, format, builder)
    }
    statistics = index.statistics
    fingerprint = try options.fingerprint(of: index.files, format: index.format, labels: true)
    path = options.path
    self.maximumSequenceLength = maximumSequenceLength
    tokenByteCounts = TokenByteCounts(tokenizer)
    guard count > 1 else { throw InstructionDataError.noOtherAnswer(path: path) }
  }

  /// Number of answers.
  public var count: Int { index.entries.count }

  /// Per answer whether it is a good one.
  public var labels: [Bool] { index.entries.map(\.isDesirable) }

  /// Answer `number`, in the order of the file; of a pair the chosen one is first.
  public subscript(number: Int) -> LabelledExample {
    get throws { try index[number] }
  }

  /// The line, counted from 1, on which the row of answer `number` begins.
  /// - Throws: `CorpusError` when the file can no longer be read.
  public func line(_ number: Int) throws -> Int { try index.line(number) }

  /// Where that row is, for people: the line, and the file if there are several.
  /// - Throws: as ``line(_:)``.
  public func spokenPlace(_ number: Int) throws -> String { try index.spokenPlace(number) }
}
