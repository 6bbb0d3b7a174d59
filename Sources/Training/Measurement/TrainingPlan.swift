import FileFormats
import Kernels

/// What a run will need, found out before it starts.
///
/// The layers of a model are alike, so a model of one and a model of two layers, trained for a few throwaway steps at
/// the run's own batch shape, tell what a layer costs; the rest is extrapolated. Nothing is written, and no more memory
/// is used than two layers need.
public struct TrainingPlan: Equatable, Sendable {
  public let parameters: Int
  /// All of them, or those of the adapters.
  public let trainedParameters: Int
  /// Target tokens of the whole run.
  public let tokens: Int
  /// Resident memory at its peak: program, buffers and the pages of the corpus that are read.
  public let peakMemoryBytes: Int
  /// Wall time of the training steps on this machine as it is now.
  public let seconds: Double
  public let tokensPerSecond: Double

  /// - Parameter corpusBytes: size of the mapped training range.
  /// - Throws: `ModelTooLarge` when not even two layers fit; `TrainingError`.
  public init(_ workload: TrainingWorkload, corpusBytes: Int) throws {
    let residentBefore = ProcessMemory.residentBytes
    let one = try Trial(layers: 1, workload)
    let two = try Trial(layers: 2, workload)
    let layers = workload.model.hiddenLayerCount
    let secondsPerStep = one.secondsPerStep + max(0, two.secondsPerStep - one.secondsPerStep) * Double(layers - 1)
    let buffers = one.bufferBytes + (two.bufferBytes - one.bufferBytes) * (layers - 1)

    let (training, tokensPerStep) = (workload.training, workload.tokensPerStep)
    parameters = workload.model.parameterCount + workload.adapterParameterCount
    trainedParameters = workload.lora == nil ? parameters : workload.adapterParameterCount
    tokensPerSecond = Double(tokensPerStep) / secondsPerStep
    switch training.limit {
    case .steps(let steps):
      seconds = Double(steps) * secondsPerStep
      tokens = Self.tokens(steps: Double(steps), tokensPerStep)
    case .minutes(let minutes):
      seconds = minutes * 60
      tokens = Self.tokens(steps: (seconds / secondsPerStep).rounded(.down), tokensPerStep)
    }
    // Random windows touch every page of the corpus once there are enough of them.
    peakMemoryBytes = max(residentBefore, two.programBytes) + buffers + min(corpusBytes, tokens)
  }

  /// Limits in recipes may be astronomical.
  private static func tokens(steps: Double, _ tokensPerStep: Int) -> Int {
    Int(exactly: (steps * Double(tokensPerStep)).rounded()) ?? .max
  }
}

/// The cost of a model with few layers.
private struct Trial {
  let secondsPerStep: Double
  /// Bytes of the buffer pool.
  let bufferBytes: Int
  /// Resident bytes besides the buffer pool.
  let programBytes: Int

  init(layers: Int, _ workload: TrainingWorkload) throws {
    var workload = workload
    workload.model.hiddenLayerCount = layers
    // A pool of its own is freed at the end, and counts only what this trial needs.
    let pool = BufferPool()
    let benchmark = try BufferPool.$current.withValue(pool) {
      try TrainingBenchmark(workload, steps: 4)
    }
    secondsPerStep = Double(benchmark.tokensPerStep) / benchmark.tokensPerSecond
    bufferBytes = benchmark.bufferBytes
    programBytes = benchmark.residentBytes - bufferBytes
  }
}
