import Kernels

/// Micro-batches with an example per row, as long as the longest of them.
///
/// Which example is sample `n` depends on the seed alone, so that micro-batches of every size draw the same ones.
public struct InstructionBatches: TrainingBatchSource {
  enum Order {
    case shuffled(SampleOrder)
    /// Once, in the order of the file.
    case sequential
  }

  public let dataset: InstructionDataset
  public let batchSize: Int
  /// nil: without end.
  public let epochs: Int?
  private let order: Order

  /// - Parameter epochs: the passes over the examples, each in an order of its own; the last micro-batch may be smaller.
  public init(_ dataset: InstructionDataset, batchSize: Int, seed: UInt64, epochs: Int? = nil) {
    self.init(
      dataset, batchSize: batchSize, order: .shuffled(SampleOrder(count: dataset.count, seed: seed)), epochs: epochs)
  }

  init(_ dataset: InstructionDataset, batchSize: Int, order: Order, epochs: Int?) {
    require(batchSize > 0 && epochs ?? 1 > 0, "\(epochs ?? 1) epochs of \(batchSize) examples at a time")
    self.dataset = dataset
    self.batchSize = batchSize
    self.order = order
    self.epochs = epochs
  }

  /// Rows of one pass over the data.
  public var samplesPerEpoch: Int { dataset.count }

  /// nil: without end.
  public var batchCount: Int? { epochs.map { ($0 * samplesPerEpoch + batchSize - 1) / batchSize } }

  public func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool {
    let samples = sampleRange(number, batchSize: batchSize, of: epochs.map { $0 * samplesPerEpoch })
    guard !samples.isEmpty else { return false }
    batch.setRows(try samples.map { try dataset[example(ofSample: $0)] })
    return true
  }

  private func example(ofSample number: Int) -> Int {
    switch order {
    case .shuffled(let order): order.example(ofSample: number)
    case .sequential: number
    }
  }
}

extension TrainingBatchSource {
  /// The samples of micro-batch `number`; fewer at the end of the run, none beyond.
  func sampleRange(_ number: Int, batchSize: Int, of total: Int?) -> Range<Int> {
    require(number >= 0, "micro-batch \(number)")
    let end = total ?? .max
    let first = number * batchSize
    return min(first, end)..<min(first + batchSize, end)
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
    InstructionBatches(self, batchSize: batchSize, order: .sequential, epochs: 1)
  }
}
