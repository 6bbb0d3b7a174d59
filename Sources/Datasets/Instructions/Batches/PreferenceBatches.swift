/// Micro-batches of preference pairs: two rows for each, the chosen answer and behind it the rejected one.
public struct PreferenceBatches: TrainingBatchSource {
  public let dataset: PreferenceDataset
  private let schedule: SampleSchedule
  /// nil: once, in the order of the file.
  private let order: SampleOrder?

  /// - Parameters:
  ///   - batchSize: pairs of a micro-batch.
  ///   - epochs: the passes over the pairs, each in an order of its own; the last micro-batch may be smaller.
  public init(_ dataset: PreferenceDataset, batchSize: Int, seed: UInt64, epochs: Int? = nil) {
    self.init(dataset, batchSize: batchSize, order: SampleOrder(count: dataset.count, seed: seed), epochs: epochs)
  }

  init(_ dataset: PreferenceDataset, batchSize: Int, order: SampleOrder?, epochs: Int?) {
    self.dataset = dataset
    self.order = order
    schedule = SampleSchedule(batchSize: batchSize, epochs: epochs, samplesPerEpoch: dataset.count)
  }

  public var batchCount: Int? { schedule.batchCount }

  /// The pairs of micro-batch `number`, by their place in the dataset; empty beyond the last.
  public func pairs(ofBatch number: Int) -> [Int] {
    schedule.samples(ofBatch: number).map { order?.example(ofSample: $0) ?? $0 }
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
