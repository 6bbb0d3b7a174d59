import Architectures
import Foundation
import Training

/// A run of the toy model in a folder, put together as the real ones are.
struct ToyRun {
  let objective = ToyObjective()
  let loop: TrainingLoop
  let directory: RunDirectory
  let metrics: MetricsLog
  /// What `--resume` warns of.
  var notices: [String] = []

  /// A clock that counts its readings: time passes in the same way in every run.
  private static func countingClock() -> WallClock {
    var readings = 0.0
    return {
      readings += 1
      return readings
    }
  }

  init(
    _ url: URL, resume: Bool = false, configuration: TrainingConfiguration,
    model: Architecture = ToyModel.configuration,
    data: [String: String] = ["sha256": "abc"], extraFiles: [String: Data] = [:]
  ) throws {
    let identity = try RunIdentity(
      model: model, training: configuration, data: data, parameters: objective.toy.namedParameters)
    directory = try resume ? RunDirectory.open(url) : RunDirectory.create(url, recipe: "recipe: toy\n")
    let checkpoint = try resume ? CheckpointReader(newestOf: directory) : nil
    try checkpoint?.require(identity)
    let writer = CheckpointWriter(
      directory, identity: identity,
      modelFiles: extraFiles.merging(["config.json": try model.huggingFaceJSON()]) { given, _ in given },
      keepLast: configuration.keepLast)
    let toy = objective.toy
    loop = TrainingLoop(
      objective, configuration: configuration,
      evaluate: { LossSum(nats: Double(toy.loss([1, 2, 3], [8, 13, 2]).item), tokens: 3, bytes: 3) },
      censusSource: toy, checkpoints: writer, clock: Self.countingClock())
    if let checkpoint { notices = try checkpoint.restore(loop, toy) }
    metrics = try directory.metricsLog(continuingAfter: loop.progress.step)
  }

  /// - Parameter stopAfter: the step after which the run is asked to stop.
  @discardableResult
  func run(stopAfter last: Int? = nil) throws -> TrainingOutcome {
    try loop.run(into: metrics, stopAfter: last)
  }
}
