/// Micro-batches with an example per row, as long as the longest of them.
///
/// Which example is sample `n` depends on the seed alone, so that micro-batches of every size draw the same ones.
public struct InstructionBatches: TrainingBatchSource {
  public let dataset: InstructionDataset
  private let schedule: SampleSchedule
  /// nil: once, in the order of the file.
  private let order: SampleOrder?

  /// - Parameter epochs: the passes over the examples, each in an order of its own; the last micro-batch may be smaller.
  public init(_ dataset: InstructionDataset, batchSize: Int, seed: UInt64, epochs: Int? = nil) {
    self.init(dataset, batchSize: batchSize, order: SampleOrder(count: dataset.count, seed: seed), epochs: epochs)
  }

  init(_ dataset: InstructionDataset, batchSize: Int, order: SampleOrder?, epochs: Int?) {
    self.dataset = dataset
    self.order = order
    schedule = SampleSchedule(batchSize: batchSize, epochs: epochs, samplesPerEpoch: dataset.count)
  }

  public var batchCount: Int? { schedule.batchCount }

  public func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool {
    let samples = schedule.samples(ofBatch: number)
    guard !samples.isEmpty else { return false }
    let numbers = samples.map { order?.example(ofSample: $0) ?? $0 }
    batch.setRows(try numbers.map { try dataset[$0] }, byteCounts: dataset.tokenByteCounts)
    batch.exampleNumbers = numbers
    return true
  }
}

extension InstructionDataset {
  /// What training draws from: rows with one example each, or packed ones.
  public func trainingBatches(
    batchSize: Int, seed: UInt64, epochs: Int? = nil, isPacked: Bool
  ) -> any TrainingBatchSource {
    isPacked
      ? PackedInstructionBatches(self, batchSize: batchSize, seed: seed, epochs: epochs)
      : InstructionBatches(self, batchSize: batchSize, seed: seed, epochs: epochs)
  }

  /// Every example once, in order.
  public func evaluationBatches(batchSize: Int) -> InstructionBatches {
    InstructionBatches(self, batchSize: batchSize, order: nil, epochs: 1)
  }
}
