import Kernels

/// Non-overlapping windows from the start of a corpus, for evaluation; the context starts anew at each.
///
/// Window `i` has the tokens `i·T ..< i·T + T` as inputs and the tokens one later as targets, so every token but the
/// first is predicted exactly once. The last window may be shorter. Batches hold whole windows of one length: the
/// short last window is a batch of its own.
public struct EvaluationWindows: TrainingBatchSource, Sendable {
  public let corpus: TokenCorpus
  /// Number of tokens predicted.
  public let tokenCount: Int
  public let sequenceLength: Int
  /// Most windows per batch.
  public let batchSize: Int

  /// - Parameter maxTokens: predicts at most so many tokens; nil: the whole corpus.
  /// - Throws: ``CorpusError/tooFewTokens`` for a corpus of less than two tokens.
  public init(_ corpus: TokenCorpus, sequenceLength: Int, batchSize: Int, maxTokens: Int? = nil) throws {
    require(sequenceLength > 0 && batchSize > 0, "batches of \(batchSize) windows of \(sequenceLength) tokens")
    require(maxTokens.map { $0 > 0 } ?? true, "an evaluation of \(maxTokens ?? 0) tokens")
    try corpus.require(tokens: 2)
    self.corpus = corpus
    tokenCount = Swift.min(corpus.count - 1, maxTokens ?? .max)
    self.sequenceLength = sequenceLength
    // No batch is larger than all windows together.
    self.batchSize = Swift.min(batchSize, Swift.max(1, tokenCount / sequenceLength))
  }

  /// The bytes of the text that are read, those of the first token included; where a tokenizer changes what it encodes,
  /// as by normalising it, only about.
  public var textRange: Range<Int> {
    let start = corpus.textRange.lowerBound
    guard tokenCount + 1 < corpus.count else { return corpus.textRange }
    return start..<Swift.min(corpus.textRange.upperBound, start + corpus.byteCount(ofFirst: tokenCount + 1))
  }

  public var batchCount: Int? { numberOfBatches }

  private var numberOfBatches: Int {
    (wholeWindowCount + batchSize - 1) / batchSize + (lastWindowLength > 0 ? 1 : 0)
  }

  @discardableResult
  public func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool {
    require(number >= 0, "batch \(number)")
    guard number < numberOfBatches else { return false }
    let firstWindow = number * batchSize
    guard firstWindow < wholeWindowCount else {
      batch.reshape(batchSize: 1, sequenceLength: lastWindowLength)
      try corpus.setRow(0, of: &batch, startingAt: wholeWindowCount * sequenceLength)
      return true
    }
    let rows = Swift.min(batchSize, wholeWindowCount - firstWindow)
    batch.reshape(batchSize: rows, sequenceLength: sequenceLength)
    for row in 0..<rows {
      try corpus.setRow(row, of: &batch, startingAt: (firstWindow + row) * sequenceLength)
    }
    return true
  }

  private var wholeWindowCount: Int { tokenCount / sequenceLength }
  private var lastWindowLength: Int { tokenCount % sequenceLength }

  /// Calls `body` with every batch, in order.
  /// - Throws: `CorpusError` when the text can no longer be read; what `body` throws.
  public func forEachBatch(_ body: (TrainingBatch) throws -> Void) throws {
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    for number in 0..<numberOfBatches {
      try fill(&batch, number: number)
      try body(batch)
    }
  }
}
