import Kernels

/// Micro-batches of windows that are drawn from one text or several, without end.
public struct WindowBatches: TrainingBatchSource {
  /// One for each text.
  public let samplers: [WindowSampler]
  /// Windows of a micro-batch.
  public let batchSize: Int
  /// Up to which share of the windows each text and those before it come.
  private let shares: [Double]

  public init(_ sampler: WindowSampler, batchSize: Int) { self.init([(sampler, 1)], batchSize: batchSize) }

  /// - Parameter samplers: of texts, with how often each counts: 2 as if it were there twice. They have one seed and one
  ///   length of windows.
  public init(_ samplers: [(sampler: WindowSampler, weight: Double)], batchSize: Int) {
    require(batchSize > 0 && !samplers.isEmpty, "batches of \(batchSize) windows of \(samplers.count) texts")
    self.samplers = samplers.map(\.sampler)
    self.batchSize = batchSize
    let sizes = samplers.map { Double($0.sampler.windowCount) * $0.weight }
    let total = sizes.reduce(0, +)
    var sum = 0.0
    shares = sizes.map { size in
      sum += size
      return sum / total
    }
  }

  public var batchCount: Int? { nil }

  public func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool {
    batch.reshape(batchSize: batchSize, sequenceLength: samplers[0].sequenceLength)
    for row in 0..<batchSize {
      let window = UInt64(number) * UInt64(batchSize) + UInt64(row)
      try samplers[text(ofWindow: window)].setRow(row, of: &batch, toWindow: window)
    }
    return true
  }

  /// Which text window `number` is of: a function of the seed and the number alone.
  public func text(ofWindow number: UInt64) -> Int {
    guard samplers.count > 1 else { return 0 }
    // Places in the texts are drawn from the streams below.
    let stream = RandomPurpose.dataWindows.rawValue << 56 | 1 << 55
    let block = Philox.block(seed: samplers[0].seed, stream: stream, index: number)
    let draw = Double(UInt64(block.y) << 21 | UInt64(block.x) >> 11) / Double(UInt64(1) << 53)
    return shares.firstIndex { draw < $0 } ?? samplers.count - 1
  }
}
