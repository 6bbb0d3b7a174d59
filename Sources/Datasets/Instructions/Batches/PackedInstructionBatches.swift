import Synchronization

/// Micro-batches whose rows hold several examples, each with positions of its own and blind to the others.
///
/// In every epoch the examples are packed anew, best fit first, and the rows are shuffled. The number of rows is the
/// same in every epoch, so that row `n` of the run is known without replay.
public final class PackedInstructionBatches: TrainingBatchSource {
  public let dataset: InstructionDataset
  private let schedule: SampleSchedule
  private let order: SampleOrder
  private let rowOrder: SampleOrder
  /// The rows of the epoch that was asked for last.
  private let packed: Mutex<(epoch: Int, rows: [[Int]])>

  /// - Parameter batchSize: packed rows of a micro-batch.
  public init(_ dataset: InstructionDataset, batchSize: Int, seed: UInt64, epochs: Int? = nil) {
    self.dataset = dataset
    order = SampleOrder(count: dataset.count, seed: seed)
    let rows = Self.rows(dataset, order, epoch: 0)
    schedule = SampleSchedule(batchSize: batchSize, epochs: epochs, samplesPerEpoch: rows.count)
    // The same seed twice would shuffle rows as it shuffles examples.
    rowOrder = SampleOrder(count: rows.count, seed: ~seed)
    packed = Mutex((0, rows))
  }

  /// Rows of one pass over the data.
  public var samplesPerEpoch: Int { schedule.samplesPerEpoch }

  public var batchCount: Int? { schedule.batchCount }

  public func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool {
    let samples = schedule.samples(ofBatch: number)
    guard !samples.isEmpty else { return false }
    batch.setPackedRows(
      try samples.map { sample in try row(sample).map { try dataset[$0] } }, byteCounts: dataset.tokenByteCounts)
    return true
  }

  /// The examples of row `number` of the run.
  func row(_ number: Int) -> [Int] {
    let epoch = number / samplesPerEpoch
    let place = rowOrder.example(ofSample: number)
    return packed.withLock { packed in
      if packed.epoch != epoch { packed = (epoch, Self.rows(dataset, order, epoch: epoch)) }
      return packed.rows[place]
    }
  }

  private static func rows(_ dataset: InstructionDataset, _ order: SampleOrder, epoch: Int) -> [[Int]] {
    let examples = (0..<dataset.count).map { order.permuted($0, epoch: UInt64(epoch)) }
    return BestFitPacking(examples, capacity: dataset.maximumSequenceLength) { dataset.length($0) - 1 }.rows
  }
}
