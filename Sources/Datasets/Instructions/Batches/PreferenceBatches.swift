import Kernels

/// Micro-batches of preference pairs: two rows for each, the chosen answer and behind it the rejected one.
public struct PreferenceBatches: TrainingBatchSource {
  public let dataset: PreferenceDataset
  /// Pairs of a micro-batch.
  public let batchSize: Int
  /// nil: without end.
  public let epochs: Int?
  /// nil: once, in the order of the file.
  private let order: SampleOrder?

  /// - Parameter epochs: the passes over the pairs, each in an order of its own; the last micro-batch may be smaller.
  public init(_ dataset: PreferenceDataset, batchSize: Int, seed: UInt64, epochs: Int? = nil) {
    self.init(dataset, batchSize: batchSize, order: SampleOrder(count: dataset.count, seed: seed), epochs: epochs)
  }

  init(_ dataset: PreferenceDataset, batchSize: Int, order: SampleOrder?, epochs: Int?) {
    require(batchSize > 0 && epochs ?? 1 > 0, "\(epochs ?? 1) epochs of \(batchSize) pairs at a time")
    self.dataset = dataset
    self.batchSize = batchSize
    self.order = order
    self.epochs = epochs
  }

  /// Pairs of one pass over the data.
  public var samplesPerEpoch: Int { dataset.count }

  /// nil: without end.
  public var batchCount: Int? { epochs.map { ($0 * samplesPerEpoch + batchSize - 1) / batchSize } }

  /// The pairs of micro-batch `number`, by their place in the dataset; empty beyond the last.
  public func pairs(ofBatch number: Int) -> [Int] {
    sampleRange(number, batchSize: batchSize, of: epochs.map { $0 * samplesPerEpoch })
      .map { order?.example(ofSample: $0) ?? $0 }
  }

  public func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool {
    let pairs = pairs(ofBatch: number)
    guard !pairs.isEmpty else { return false }
    batch.setRows(
      try pairs.flatMap { number in
        let pair = try dataset[number]
        return [pair.chosen, pair.rejected]
      })
    return true
  }
}

extension PreferenceDataset {
  /// Every pair once, in order.
  public func evaluationBatches(batchSize: Int) -> PreferenceBatches {
    PreferenceBatches(self, batchSize: batchSize, order: nil, epochs: 1)
  }
}
