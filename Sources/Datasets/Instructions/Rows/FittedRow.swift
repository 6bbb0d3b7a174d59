/// What was done to a row so that it fits.
enum RowOutcome {
  case whole
  case truncated
  case dropped
  case split
}

/// A row as examples of a length that fits.
struct FittedRow<Example: CountedExample> {
  var examples: [Example]
  var outcome = RowOutcome.whole
  /// The row before it was fitted.
  var original: any CountedExample
  /// Keys of which nothing was made, one as often as it occurs.
  var unusedKeys: [String] = []

  var lostTokens: Int { original.tokenCount - examples.reduce(0) { $0 + $1.tokenCount } + repeatedTokens }
  var lostTrainedTokens: Int { original.trainedTokenCount - examples.reduce(0) { $0 + $1.trainedTokenCount } }
  /// Tokens that stand in two examples.
  var repeatedTokens = 0

  func leaving(_ unusedKeys: [String]) -> FittedRow {
    var result = self
    result.unusedKeys = unusedKeys
    return result
  }
}

/// Anything that fills positions of a sequence.
protocol CountedExample: Sendable {
  var tokenCount: Int { get }
  var trainedTokenCount: Int { get }
  /// Tokens of the longest sequence in it.
  var longestLength: Int { get }
  /// Whether the model is to learn it, rather than to avoid it.
  var isDesirable: Bool { get }
}

extension CountedExample {
  var isDesirable: Bool { true }
}

extension TokenizedExample: CountedExample {
  var tokenCount: Int { tokens.count }
  var longestLength: Int { tokens.count }

  /// The tokens in `range`; the first of them is no longer predicted.
  subscript(range: Range<Int>) -> TokenizedExample {
    var marks = Array(isTrained[range])
    if !marks.isEmpty { marks[0] = false }
    return TokenizedExample(tokens: Array(tokens[range]), isTrained: marks)
  }
}

extension PreferenceExample: CountedExample {
  var tokenCount: Int { chosen.tokens.count + rejected.tokens.count }
  var trainedTokenCount: Int { chosen.trainedTokenCount + rejected.trainedTokenCount }
  var longestLength: Int { max(chosen.tokens.count, rejected.tokens.count) }
}

extension LabelledExample: CountedExample {
  var tokenCount: Int { example.tokenCount }
  var trainedTokenCount: Int { example.trainedTokenCount }
  var longestLength: Int { example.longestLength }
}

extension ExampleBuilder {
  /// - Throws: `RowProblem.tooLong` unless over-long rows are allowed, `RowProblem.nothingTrained`.
  func fitted(_ example: TokenizedExample) throws(RowProblem) -> FittedRow<TokenizedExample> {
    guard example.trainedTokenCount > 0 else { throw .nothingTrained }
    guard example.tokens.count > tokenLimit else { return FittedRow(examples: [example], original: example) }
    switch overlong {
    case .error: throw .tooLong(tokens: example.tokens.count, limit: tokenLimit)
    case .drop: return FittedRow(examples: [], outcome: .dropped, original: example)
    case .truncate:
      let beginning = example[0..<tokenLimit]
      // A question without any of its answer teaches nothing.
      guard beginning.trainedTokenCount > 0 else {
        return FittedRow(examples: [], outcome: .dropped, original: example)
      }
      return FittedRow(examples: [beginning], outcome: .truncated, original: example)
    case .split: return split(example)
    }
  }

  /// Every part begins with the last token of the one before, so that each token is predicted once.
  private func split(_ example: TokenizedExample) -> FittedRow<TokenizedExample> {
    let starts = stride(from: 0, to: example.tokens.count - 1, by: maximumSequenceLength)
    let parts = starts.map { example[$0..<min($0 + tokenLimit, example.tokens.count)] }
    let kept = parts.filter { $0.trainedTokenCount > 0 }
    let keptStarts = zip(starts, parts).filter { $1.trainedTokenCount > 0 }.map(\.0)
    let repeated = zip(keptStarts, keptStarts.dropFirst()).count { $1 - $0 == maximumSequenceLength }
    return FittedRow(examples: kept, outcome: .split, original: example, repeatedTokens: repeated)
  }

  /// - Throws: `RowProblem.tooLong` unless over-long rows are allowed.
  func fitted(_ example: PreferenceExample) throws(RowProblem) -> FittedRow<PreferenceExample> {
    guard example.longestLength > tokenLimit else { return FittedRow(examples: [example], original: example) }
    switch overlong {
    case .error, .split: throw .tooLong(tokens: example.longestLength, limit: tokenLimit)
    case .drop: return FittedRow(examples: [], outcome: .dropped, original: example)
    case .truncate:
      func beginning(_ one: TokenizedExample) -> TokenizedExample { one[0..<min(tokenLimit, one.tokens.count)] }
      let pair = PreferenceExample(chosen: beginning(example.chosen), rejected: beginning(example.rejected))
      let isUseful =
        pair.chosen.trainedTokenCount > 0 && pair.rejected.trainedTokenCount > 0
        && pair.chosen.tokens != pair.rejected.tokens
      return isUseful
        ? FittedRow(examples: [pair], outcome: .truncated, original: example)
        : FittedRow(examples: [], outcome: .dropped, original: example)
    }
  }
}
