import Kernels

/// Draws training windows of `sequenceLength + 1` tokens from a corpus.
///
/// Window `n` is a pure function of the seed and `n`, so the position in the data is one number: a resumed run asks for
/// the next batch and replays nothing.
public struct WindowSampler: Sendable {
  /// The tokens drawn from; no window leaves them.
  public let corpus: TokenCorpus
  public let sequenceLength: Int
  public let order: CorpusConfiguration.WindowOrder
  public let seed: UInt64

  /// - Parameter corpus: must hold at least one window of `sequenceLength` inputs and the token after them.
  /// - Throws: ``CorpusError/tooFewTokens``.
  public init(
    _ corpus: TokenCorpus, sequenceLength: Int, order: CorpusConfiguration.WindowOrder = .random, seed: UInt64
  ) throws {
    require(sequenceLength > 0, "windows of \(sequenceLength) tokens")
    try corpus.require(tokens: sequenceLength + 1)
    self.corpus = corpus
    self.sequenceLength = sequenceLength
    self.order = order
    self.seed = seed
  }

  /// Number of different windows: all starting tokens in random order, all whole windows in sequential order (where
  /// the tokens after the last whole window are not visited).
  public var windowCount: Int {
    switch order {
    case .random: corpus.count - sequenceLength
    case .sequential: (corpus.count - 1) / sequenceLength
    }
  }

  /// The token of the corpus, counted from 0, at which window `number` starts.
  public func start(ofWindow number: UInt64) -> Int {
    let count = UInt64(windowCount)
    switch order {
    case .random: return Int(uniform(below: count, at: number))
    case .sequential: return Int(number % count) * sequenceLength
    }
  }

  /// Batch `number` holds the windows `number × batchSize ..< (number + 1) × batchSize`.
  ///
  /// - Parameter batch: keeps its `batchSize`; must have this sampler's `sequenceLength`.
  /// - Throws: `CorpusError` when the text can no longer be read.
  public func fill(_ batch: inout TrainingBatch, number: UInt64) throws {
    require(
      batch.sequenceLength == sequenceLength,
      "a batch of \(batch.batchSize) × \(batch.sequenceLength) cannot hold windows of \(sequenceLength) tokens")
    batch.reshape(batchSize: batch.batchSize, sequenceLength: sequenceLength)
    let first = number * UInt64(batch.batchSize)
    for row in 0..<batch.batchSize { try setRow(row, of: &batch, toWindow: first + UInt64(row)) }
  }

  func setRow(_ row: Int, of batch: inout TrainingBatch, toWindow number: UInt64) throws {
    try corpus.setRow(row, of: &batch, startingAt: start(ofWindow: number))
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
