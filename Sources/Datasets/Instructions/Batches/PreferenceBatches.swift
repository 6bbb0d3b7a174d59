/// Micro-batches of preference pairs: the chosen answers of all of them, a row each, and behind these the rejected ones
/// in the same order.
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
    let numbers = pairs(ofBatch: number)
    guard !numbers.isEmpty else { return false }
    let pairs = try numbers.map { try dataset[$0] }
    batch.setRows(pairs.map(\.chosen) + pairs.map(\.rejected), byteCounts: dataset.tokenByteCounts)
    batch.exampleNumbers = numbers + numbers
    return true
  }
}

extension PreferenceDataset {
  /// Every pair once, in order.
  public func evaluationBatches(batchSize: Int) -> PreferenceBatches {
    PreferenceBatches(self, batchSize: batchSize, order: nil, epochs: 1)
  }
}
