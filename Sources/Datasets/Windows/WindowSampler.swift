import Kernels

/// Draws training windows of `sequenceLength + 1` bytes from a range of a corpus.
///
/// Window `n` is a pure function of the seed and `n`, so the position in the data is one number: a resumed run asks for
/// the next batch and replays nothing.
public struct WindowSampler: Sendable {
  public let corpus: TextCorpus
  /// The bytes drawn from; no window leaves them.
  public let range: Range<Int>
  public let sequenceLength: Int
  public let order: CorpusConfiguration.WindowOrder
  public let seed: UInt64

  /// - Parameter range: must hold at least one window of `sequenceLength` inputs and the byte after them.
  /// - Throws: ``CorpusError/rangePastEnd`` or ``CorpusError/rangeTooShort``.
  public init(
    corpus: TextCorpus, range: ByteRange, sequenceLength: Int,
    order: CorpusConfiguration.WindowOrder = .random, seed: UInt64
  ) throws {
    require(sequenceLength > 0, "windows of \(sequenceLength) tokens")
    self.corpus = corpus
    self.range = try corpus.resolve(range, holding: sequenceLength + 1)
    self.sequenceLength = sequenceLength
    self.order = order
    self.seed = seed
  }

  /// Number of different windows: all starting bytes in random order, all whole windows in sequential order (where
  /// the bytes after the last whole window are not visited).
  public var windowCount: Int {
    switch order {
    case .random: range.count - sequenceLength
    case .sequential: (range.count - 1) / sequenceLength
    }
  }

  /// The byte of the corpus at which window `number` starts.
  public func start(ofWindow number: UInt64) -> Int {
    let count = UInt64(windowCount)
    switch order {
    case .random:
      return range.lowerBound + Int(uniform(below: count, at: number))
    case .sequential:
      return range.lowerBound + Int(number % count) * sequenceLength
    }
  }

  /// Batch `number` holds the windows `number × batchSize ..< (number + 1) × batchSize`.
  ///
  /// - Parameter batch: keeps its `batchSize`; must have this sampler's `sequenceLength`.
  public func fill(_ batch: inout TrainingBatch, number: UInt64) {
    require(
      batch.sequenceLength == sequenceLength,
      "a batch of \(batch.batchSize) × \(batch.sequenceLength) cannot hold windows of \(sequenceLength) tokens")
    batch.documentStarts = nil
    let first = number * UInt64(batch.batchSize)
    for row in 0..<batch.batchSize {
      let start = start(ofWindow: first + UInt64(row))
      batch.setRow(row, toBytes: corpus[start..<start + sequenceLength + 1])
    }
  }

  /// Multiply-high of 64 random bits; the few products that would favour some results are drawn again
  /// (Lemire, arXiv 1805.10941). Each redraw has a stream of its own, so that `index` alone fixes the result.
  private func uniform(below bound: UInt64, at index: UInt64) -> UInt64 {
    let unfair = (0 &- bound) % bound
    var attempt: UInt64 = 0
    while true {
      let block = Philox.block(
        seed: seed, stream: RandomPurpose.dataWindows.rawValue << 56 | attempt, index: index)
      let bits = UInt64(block.y) << 32 | UInt64(block.x)
      let product = bits.multipliedFullWidth(by: bound)
      if product.low >= unfair { return product.high }
      attempt += 1
    }
  }
}
