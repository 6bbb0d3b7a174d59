import Kernels

/// Which samples a micro-batch consists of: the samples of a run one after the other, so many at a time.
struct SampleSchedule {
  let batchSize: Int
  /// nil: without end.
  let epochs: Int?
  /// Samples of one pass over the data.
  let samplesPerEpoch: Int

  init(batchSize: Int, epochs: Int?, samplesPerEpoch: Int) {
    require(batchSize > 0 && epochs ?? 1 > 0, "\(epochs ?? 1) epochs of \(batchSize) samples at a time")
    (self.batchSize, self.epochs, self.samplesPerEpoch) = (batchSize, epochs, samplesPerEpoch)
  }

  private var sampleCount: Int? { epochs.map { $0 * samplesPerEpoch } }

  /// nil: without end. The last micro-batch may be smaller.
  var batchCount: Int? { sampleCount.map { ($0 + batchSize - 1) / batchSize } }

  /// The samples of micro-batch `number`; none beyond the last.
  func samples(ofBatch number: Int) -> Range<Int> {
    require(number >= 0, "micro-batch \(number)")
    let end = sampleCount ?? .max
    let first = number * batchSize
    return min(first, end)..<min(first + batchSize, end)
  }
}
