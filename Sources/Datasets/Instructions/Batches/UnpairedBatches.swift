/// Micro-batches of answers that are good or bad, a row each, and behind them the same prompts with the answers of others,
/// of which is estimated how far the policy is from the reference.
///
/// Within a micro-batch every prompt gets the answer of the one before it, so that both halves have the same answers. Which
/// examples share a micro-batch is drawn once by seed, since the reference knows the answers to other prompts beforehand;
/// in each epoch the micro-batches come in another order.
public struct UnpairedBatches: TrainingBatchSource {
  public let dataset: UnpairedDataset
  /// Micro-batches of one pass over the answers.
  public let batchesPerEpoch: Int
  /// nil: without end.
  public let batchCount: Int?
  private let examples: [Int]
  private let batchSize: Int
  /// nil: as they are.
  private let order: SampleOrder?

  /// - Parameters:
  ///   - batchSize: answers of a micro-batch; the last one of a pass may have fewer.
  ///   - epochs: the passes over the answers.
  ///   - isShuffled: whether micro-batches come in an order of each epoch.
  public init(_ dataset: UnpairedDataset, batchSize: Int, seed: UInt64, epochs: Int? = nil, isShuffled: Bool = true) {
    self.dataset = dataset
    self.batchSize = batchSize
    let drawn = SampleOrder(count: dataset.count, seed: seed)
    examples = (0..<dataset.count).map { drawn.permuted($0, epoch: 0) }
    batchesPerEpoch = (dataset.count + batchSize - 1) / batchSize
    batchCount = epochs.map { $0 * ((dataset.count + batchSize - 1) / batchSize) }
    order = isShuffled ? SampleOrder(count: batchesPerEpoch, seed: ~seed) : nil
  }

  public func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool {
    guard number < batchCount ?? .max else { return false }
    let place = order?.example(ofSample: number) ?? number % batchesPerEpoch
    let range = place * batchSize..<min((place + 1) * batchSize, examples.count)
    let numbers = Array(examples[range])
    let rows = try numbers.map { try dataset[$0] }
    // A prompt that is alone would get its own answer back.
    let last =
      rows.count > 1
      ? rows[rows.count - 1] : try dataset[examples[(range.lowerBound + examples.count - 1) % examples.count]]
    let mismatched = zip(rows, [last] + rows.dropLast()).map { row, other in
      row.answered(by: other, length: dataset.maximumSequenceLength + 1)
    }
    batch.setRows(rows.map(\.example) + mismatched, byteCounts: dataset.tokenByteCounts)
    batch.exampleNumbers = numbers + numbers
    return true
  }
}

extension UnpairedDataset {
  /// Every answer once, always in the same micro-batches.
  public func evaluationBatches(batchSize: Int) -> UnpairedBatches {
    UnpairedBatches(self, batchSize: batchSize, seed: 0, epochs: 1, isShuffled: false)
  }
}
