import FileFormats
import Tokenization

/// Reads answers that are labelled as good or bad, and pairs as two of them.
struct UnpairedReader {
  private let reader: RowReader
  private let pairs: PreferenceReader

  init(template: ChatTemplate, reasoning: InstructionConfiguration.Reasoning) {
    reader = RowReader(template: template, reasoning: reasoning)
    pairs = PreferenceReader(template: template, reasoning: reasoning)
  }

  func fitted(
    _ row: ExampleRow, _ format: InstructionConfiguration.Format, _ builder: ExampleBuilder
  ) throws(RowProblem) -> FittedRow<LabelledExample> {
    guard format == .preference else { return try labelled(row, format, builder) }
    let (pair, unusedKeys) = try pairs.pair(row)
    let both = try builder.example(pair)
    let fitted = [try builder.fitted(both.chosen), try builder.fitted(both.rejected)]
    let kept = zip(fitted, [true, false]).flatMap { one, isDesirable in
      one.examples.map { LabelledExample($0, isDesirable: isDesirable) }
    }
    let isWhole = fitted.allSatisfy { $0.outcome == .whole }
    return FittedRow(
      examples: kept, outcome: isWhole ? .whole : kept.isEmpty ? .dropped : .truncated, original: both,
      unusedKeys: unusedKeys)
  }

  /// Of a conversation the last answer is meant, of a completion all of it.
  private func labelled(
    _ row: ExampleRow, _ format: InstructionConfiguration.Format, _ builder: ExampleBuilder
  ) throws(RowProblem) -> FittedRow<LabelledExample> {
    let (isDesirable, labels) = try RowLabels.desirability(row)
    let (content, unusedKeys) = try reader.content(of: row, format: format, judgedBy: labels)
    guard case .conversation(let conversation) = content else { throw .noAnswer(roles: []) }
    let roles = conversation.messages.map(\.message.role)
    guard roles.last == .assistant else {
      throw .unsupported(
        key: labels[0],
        reason: "is about an answer, but the last message is of the role \(roles.last?.rawValue ?? "none")")
    }
    var first = roles.count - 1
    if format == .promptCompletion {
      first = roles.count - (try reader.messages(row, "completion", role: .assistant).count)
    }
    let fitted = try builder.fitted(builder.example(conversation, trainingFrom: first))
    return FittedRow(
      examples: fitted.examples.map { LabelledExample($0, isDesirable: isDesirable) }, outcome: fitted.outcome,
      original: fitted.original, unusedKeys: unusedKeys)
  }
}
