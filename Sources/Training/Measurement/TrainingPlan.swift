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
    let (training, tokensPerStep) = (workload.training, workload.tokensPerStep)
    let quantized = try StepCost(workload, quantizationStrength: 1)
    // Within a warm-up, whatever the strength between its ends.
    let gradual = training.quantizationWarmup.isGradual ? try StepCost(workload, quantizationStrength: 0.5) : quantized
    let gradualSteps = Double(training.quantizationWarmup.endStep)

    parameters = workload.model.parameterCount + workload.adapterParameterCount
    trainedParameters = workload.lora == nil ? parameters : workload.adapterParameterCount
    tokensPerSecond = Double(tokensPerStep) / quantized.seconds
    switch training.limit {
    case .steps(let steps):
      let first = min(Double(steps), gradualSteps)
      seconds = first * gradual.seconds + (Double(steps) - first) * quantized.seconds
      tokens = Self.tokens(steps: Double(steps), tokensPerStep)
    case .minutes(let minutes):
      seconds = minutes * 60
      let first = min(seconds / gradual.seconds, gradualSteps)
      let rest = (seconds - first * gradual.seconds) / quantized.seconds
      tokens = Self.tokens(steps: (first + max(0, rest)).rounded(.down), tokensPerStep)
    }
    // Random windows touch every page of the corpus once there are enough of them.
    peakMemoryBytes =
      max(residentBefore, quantized.programBytes, gradual.programBytes)
      + max(quantized.bufferBytes, gradual.bufferBytes) + min(corpusBytes, tokens)
  }

  /// Limits in recipes may be astronomical.
  private static func tokens(steps: Double, _ tokensPerStep: Int) -> Int {
    Int(exactly: (steps * Double(tokensPerStep)).rounded()) ?? .max
  }
}

/// What a step of the whole model takes, extrapolated from models of one and of two layers.
private struct StepCost {
  let seconds: Double
  let bufferBytes: Int
  /// Resident bytes besides the buffer pool.
  let programBytes: Int

  init(_ workload: TrainingWorkload, quantizationStrength strength: Float) throws {
    let one = try Trial(layers: 1, workload, quantizationStrength: strength)
    let two = try Trial(layers: 2, workload, quantizationStrength: strength)
    let others = workload.model.hiddenLayerCount - 1
    seconds = one.secondsPerStep + max(0, two.secondsPerStep - one.secondsPerStep) * Double(others)
    bufferBytes = one.bufferBytes + (two.bufferBytes - one.bufferBytes) * others
    programBytes = two.programBytes
  }
}

/// The cost of a model with few layers.
private struct Trial {
  let secondsPerStep: Double
  /// Bytes of the buffer pool.
  let bufferBytes: Int
  /// Resident bytes besides the buffer pool.
  let programBytes: Int

  init(layers: Int, _ workload: TrainingWorkload, quantizationStrength strength: Float) throws {
    var workload = workload
    workload.model.hiddenLayerCount = layers
    // A pool of its own is freed at the end, and counts only what this trial needs.
    let pool = BufferPool()
    let benchmark = try BufferPool.$current.withValue(pool) {
      try TrainingBenchmark(workload, steps: 4, quantizationStrength: strength)
    }
    secondsPerStep = Double(benchmark.tokensPerStep) / benchmark.tokensPerSecond
    bufferBytes = benchmark.bufferBytes
    programBytes = benchmark.residentBytes - bufferBytes
  }
}
