import Tokenization

/// Pairs of answers, of which one is preferred: a JSON file whose rows become tokens when they are asked for.
///
/// Opening it reads every row once and reports what cannot be used, as ``InstructionDataset`` does.
public final class PreferenceDataset: Sendable {
  /// Tokens are those of both sequences of a pair.
  public let statistics: InstructionStatistics
  /// SHA-256, in hexadecimal, of the file and everything else that decides about tokens and trained tokens.
  public let fingerprint: String
  public let path: String
  /// With the variables of the configuration.
  public let template: ChatTemplate
  /// Of the tokenizer that makes the tokens.
  public let tokenByteCounts: TokenByteCounts
  private let reader: PreferenceReader
  private let index: ExampleIndex<PreferenceExample>

  /// - Parameters: as for ``InstructionDataset``; inputs are never trained.
  /// - Throws: as ``InstructionDataset``; `InstructionDataError.cannotSplitPairs`.
  public init(
    _ configuration: InstructionConfiguration, tokenizer: any Tokenizer, template: ChatTemplate,
    maximumSequenceLength: Int, seed: UInt64, part: DatasetPart = .training
  ) throws {
    let builder = try ExampleBuilder.ofWholeAnswers(
      configuration, tokenizer: tokenizer, template: template, maximumSequenceLength: maximumSequenceLength)
    let options = DatasetOptions(configuration, part: part, seed: seed, builder: builder)
    let reader = PreferenceReader(template: builder.template, reasoning: configuration.reasoning)
    self.reader = reader
    index = try ExampleIndex(options, formats: [.preference]) { row, _ in
      let (pair, unusedKeys) = try reader.pair(row)
      return try builder.fitted(builder.example(pair)).leaving(unusedKeys)
    }
    statistics = index.statistics
    fingerprint = try options.fingerprint(of: index.files, format: .preference)
    path = options.path
    self.template = builder.template
    tokenByteCounts = TokenByteCounts(tokenizer)
  }

  /// Number of pairs.
  public var count: Int { index.entries.count }

  /// Pair `number`, in the order of the file.
  public subscript(number: Int) -> PreferenceExample {
    get throws { try index[number] }
  }

  /// The conversations of pair `number`, of which the first `promptCount` messages are the same.
  public func conversations(
    _ number: Int
  ) throws -> (chosen: [ChatMessage], rejected: [ChatMessage], promptCount: Int) {
    let pair = try reader.pair(index.row(number)).pair
    return (pair.chosen.map(\.message), pair.rejected.map(\.message), pair.promptCount)
  }

  /// The line, counted from 1, on which the row of pair `number` begins.
  /// - Throws: `CorpusError` when the file can no longer be read.
  public func line(_ number: Int) throws -> Int { try index.line(number) }

  /// Where that row is, for people: the line, and the file if there are several.
  /// - Throws: as ``line(_:)``.
  public func spokenPlace(_ number: Int) throws -> String { try index.spokenPlace(number) }
}
