import Kernels

/// Non-overlapping windows from the start of a range, for evaluation; the context starts anew at each.
///
/// Window `i` has the inputs `bytes[i·T ..< i·T + T]` and the targets one byte later, so every byte of the range but
/// its first is predicted exactly once. The last window may be shorter. Batches hold whole windows of one length: the
/// short last window is a batch of its own.
public struct EvaluationWindows: Sendable {
  public let corpus: TextCorpus
  /// The bytes read: inputs and targets.
  public let range: Range<Int>
  public let sequenceLength: Int
  /// Most windows per batch.
  public let batchSize: Int

  /// - Parameter maxTokens: predicts at most so many tokens; nil: the whole range.
  /// - Throws: ``CorpusError/rangePastEnd``, or ``CorpusError/rangeTooShort`` for a range of less than two bytes.
  public init(
    corpus: TextCorpus, range: ByteRange, sequenceLength: Int, batchSize: Int, maxTokens: Int? = nil
  ) throws {
    require(sequenceLength > 0 && batchSize > 0, "batches of \(batchSize) windows of \(sequenceLength) tokens")
    require(maxTokens.map { $0 > 0 } ?? true, "an evaluation of \(maxTokens ?? 0) tokens")
    let whole = try corpus.resolve(range, holding: 2)
    let tokens = Swift.min(whole.count - 1, maxTokens ?? .max)
    self.corpus = corpus
    self.range = whole.lowerBound..<whole.lowerBound + tokens + 1
    self.sequenceLength = sequenceLength
    self.batchSize = batchSize
  }

  /// Number of tokens predicted; each is one byte.
  public var tokenCount: Int { range.count - 1 }

  public var batchCount: Int {
    (wholeWindowCount + batchSize - 1) / batchSize + (lastWindowLength > 0 ? 1 : 0)
  }

  /// Gives `batch` the shape and the tokens of batch `number`, below ``batchCount``.
  public func fill(_ batch: inout TrainingBatch, number: Int) {
    require(number >= 0 && number < batchCount, "batch \(number) of \(batchCount)")
    let firstWindow = number * batchSize
    guard firstWindow < wholeWindowCount else {
      batch.reshape(batchSize: 1, sequenceLength: lastWindowLength)
      setRow(0, of: &batch, toWindow: wholeWindowCount)
      return
    }
    let rows = Swift.min(batchSize, wholeWindowCount - firstWindow)
    batch.reshape(batchSize: rows, sequenceLength: sequenceLength)
    for row in 0..<rows { setRow(row, of: &batch, toWindow: firstWindow + row) }
  }

  private var wholeWindowCount: Int { tokenCount / sequenceLength }
  private var lastWindowLength: Int { tokenCount % sequenceLength }

  private func setRow(_ row: Int, of batch: inout TrainingBatch, toWindow window: Int) {
    let start = range.lowerBound + window * sequenceLength
    batch.setRow(row, toBytes: corpus[start..<start + batch.sequenceLength + 1])
  }
}

extension EvaluationWindows: Sequence {
  public struct Iterator: IteratorProtocol {
    fileprivate let windows: EvaluationWindows
    fileprivate var number = 0

    public mutating func next() -> TrainingBatch? {
      guard number < windows.batchCount else { return nil }
      defer { number += 1 }
      var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
      windows.fill(&batch, number: number)
      return batch
    }
  }

  public func makeIterator() -> Iterator { Iterator(windows: self) }
}
