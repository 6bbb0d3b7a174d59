import Kernels

/// Micro-batches of windows that a sampler draws, without end.
public struct WindowBatches: TrainingBatchSource {
  public let sampler: WindowSampler
  /// Windows of a micro-batch.
  public let batchSize: Int

  public init(_ sampler: WindowSampler, batchSize: Int) {
    require(batchSize > 0, "batches of \(batchSize) windows")
    self.sampler = sampler
    self.batchSize = batchSize
  }

  public var batchCount: Int? { nil }

  public func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool {
    batch.reshape(batchSize: batchSize, sequenceLength: sampler.sequenceLength)
    try sampler.fill(&batch, number: UInt64(number))
    return true
  }
}
