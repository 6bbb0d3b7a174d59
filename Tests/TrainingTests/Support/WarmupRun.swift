import Autograd
import Datasets
import Foundation
import Models
import Training

/// A run of the tiny BitNet in a folder, warming up.
struct WarmupRun {
  let model = TinyBitNet.model()
  let loop: TrainingLoop
  private let metrics: MetricsLog

  static func sampler(_ corpus: TextCorpus) throws -> WindowSampler {
    try WindowSampler(TinyBitNet.tokens(corpus), sequenceLength: 24, seed: 1)
  }

  static func objective(_ model: Decoder, _ sampler: WindowSampler) -> BatchObjective {
    BatchObjective(model, batches: WindowBatches(sampler, batchSize: 2), loss: LikelihoodLoss())
  }

  init(_ url: URL, _ corpus: TextCorpus, _ warmup: QuantizationWarmup, steps: Int, resume: Bool = false) throws {
    let configuration = TrainingConfiguration(
      maximumSequenceLength: 24, batchSize: 2, gradientAccumulationSteps: 2, limit: .steps(steps),
      optimizer: OptimizerConfiguration(learningRate: 5e-3), schedule: ScheduleConfiguration(warmupSteps: 2),
      quantizationWarmup: warmup, logEverySteps: 3, evaluateEverySteps: 4, keepLast: 2)
    let directory = try resume ? RunDirectory.open(url) : RunDirectory.create(url, recipe: "recipe: tiny\n")
    let identity = try RunIdentity(
      model: model.architecture, training: configuration, data: [:], parameters: model.namedParameters)
    let checkpoint = try resume ? CheckpointReader(newestOf: directory) : nil
    let sampler = try Self.sampler(corpus)
    let (model, validation) = (model, Self.objective(model, sampler))
    loop = TrainingLoop(
      Self.objective(model, sampler), configuration: configuration,
      evaluate: {
        let loss = try validation.loss(ofMicroBatch: 1_000)
        return LossSum(nats: Double(loss?.sum.item ?? .nan), tokens: 48, bytes: 48)
      }, warmedUp: model, censusSource: model,
      checkpoints: CheckpointWriter(
        directory, identity: identity, modelFiles: ["config.json": try model.architecture.huggingFaceJSON()],
        keepLast: 2), clock: { 0 })
    _ = try checkpoint?.restore(loop, model)
    metrics = try directory.metricsLog(continuingAfter: loop.progress.step)
  }

  @discardableResult
  func run(stopAfter last: Int? = nil) throws -> TrainingOutcome {
    try loop.run(into: metrics, stopAfter: last)
  }
}
