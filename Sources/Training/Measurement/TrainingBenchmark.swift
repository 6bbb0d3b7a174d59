import Autograd
import Datasets
import FileFormats
import Kernels
import Layers
import Models

/// Times optimiser steps of a model on random tokens.
public struct TrainingBenchmark {
  public let parameters: Int
  public let tokensPerStep: Int
  /// Seconds of each step, in order; the first ones warm up.
  public let stepSeconds: [Double]
  /// What took which share of the time after the first two steps, largest first.
  public let parts: [Part]
  /// Bytes of the buffer pool that were in use at some time.
  public let bufferBytes: Int
  /// Resident memory of the process while the model and its buffers are still there.
  public let residentBytes: Int

  /// A kind of operation.
  public struct Part: Encodable, Sendable {
    /// Such as `BitLinear forward`.
    public let name: String
    /// Of the time of a step, 0 … 1.
    public let share: Double
  }

  /// - Parameters:
  ///   - steps: at least 3.
  ///   - quantizationStrength: of all layers in all steps, whatever warm-up the workload has.
  /// - Throws: `ModelTooLarge`, `TrainingError`.
  public init(_ workload: TrainingWorkload, steps: Int, quantizationStrength: Float = 1) throws {
    require(steps >= 3, "a benchmark needs at least 3 steps, got \(steps)")
    var training = workload.training
    training.limit = .steps(steps)
    training.evaluateEverySteps = nil
    training.quantizationWarmup = QuantizationWarmup()
    try workload.requireMemory()
    let model = workload.makeModel()
    model.setQuantizationStrength { _, _ in quantizationStrength }
    let objective = RandomTokenObjective(
      model, sequences: workload.sequencesPerMicroBatch, length: training.maximumSequenceLength, seed: training.seed)
    let loop = TrainingLoop(objective, configuration: training)
    BufferPool.current.trim()
    let clock = monotonicClock()
    var seconds: [Double] = []
    var last = clock()
    let profile = OperationProfile()
    try OperationProfile.$current.withValue(profile) {
      try loop.run { event in
        if case .stepped = event {
          let now = clock()
          seconds.append(now - last)
          last = now
          seconds.count <= 2 ? profile.reset() : profile.skip()
        }
        return .continue
      }
    }
    parts = Self.parts(profile, seconds: seconds.dropFirst(2).reduce(0, +))
    parameters = model.parameters.reduce(0) { $0 + $1.shape.count }
    tokensPerStep = workload.tokensPerStep
    stepSeconds = seconds
    bufferBytes = BufferPool.current.statistics.usedBytes
    residentBytes = ProcessMemory.residentBytes
  }

  /// - Parameter seconds: of the measured steps.
  private static func parts(_ profile: OperationProfile, seconds: Double) -> [Part] {
    let measured = profile.seconds
    let rest = seconds - measured.values.reduce(0, +)
    return measured.merging(["optimizer and rest": rest]) { $1 }
      .map { Part(name: $0.key, share: $0.value / seconds) }.sorted { $0.share > $1.share }
  }

  /// By the median step, the first two left out.
  public var tokensPerSecond: Double {
    let sorted = stepSeconds.dropFirst(2).sorted()
    return Double(tokensPerStep) / sorted[sorted.count / 2]
  }
}

extension TrainingBenchmark {
  /// Tokens per second if the products of the linear layers and the head ran at `rates` and everything else took no
  /// time.
  package static func roofline(
    _ workload: TrainingWorkload, rates: MachineRates
  ) -> Double {
    let (model, computeDataType) = (workload.model, workload.training.computeDataType)
    let matrices = model.parameters.filter { $0.projection != nil }.reduce(0) { $0 + $1.elementCount }
    let head = model.vocabularySize * model.hiddenSize
    let isQuantized = model.bitLinear.weightQuantization.isQuantizing
    let forward = Double(matrices) / (isQuantized ? rates.ternary : rates.float32)
    let isBFloat16 = isQuantized && computeDataType == .bfloat16
    // Frozen weights have one product in the backward pass, and so has a frozen head.
    let products = workload.lora == nil ? 2.0 : 1.0
    let backward = products * Double(matrices) / (isBFloat16 ? rates.bfloat16 ?? rates.float32 : rates.float32)
    let adapters = 3 * Double(workload.adapterParameterCount) / rates.float32
    return 1 / (forward + backward + adapters + (1 + products) * Double(head) / rates.float32)
  }
}

/// Uniformly random tokens: the work of training without its data.
private final class RandomTokenObjective: Objective {
  private let causalModel: Decoder
  private let length: Int
  private let tokens: [Int32]
  private let targets: [Int32]

  var model: any Module { causalModel }

  init(_ model: Decoder, sequences: Int, length: Int, seed: UInt64) {
    causalModel = model
    self.length = length
    var stream = RandomStream(seed: seed, purpose: .dataWindows)
    let vocabulary = UInt64(model.architecture.vocabularySize)
    let sequence = (0...sequences * length).map { _ in Int32(stream.next() % vocabulary) }
    tokens = Array(sequence.dropLast())
    targets = Array(sequence.dropFirst())
  }

  func loss(ofMicroBatch number: Int) -> MicroBatchLoss? {
    let losses = causalModel.tokenLosses(tokens: tokens, targets: targets, length: length)
    // No text: no bytes.
    return MicroBatchLoss(sum: losses.sum(), tokenCount: tokens.count, byteCount: 0)
  }
}
