import Autograd
import FileFormats
import Foundation
import Kernels
import Testing
import TestSupport
import Training

struct ResumeTests {
  static func configuration(_ change: (inout TrainingConfiguration) -> Void = { _ in }) -> TrainingConfiguration {
    TrainingLoopTests.configuration(steps: 60, accumulation: 2) {
      $0.logEverySteps = 7
      $0.evaluateEverySteps = 20
      $0.saveEverySteps = 30
      change(&$0)
    }
  }

  /// All files of a folder, by relative path.
  static func contents(_ folder: URL) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try names.reduce(into: [:]) { result, name in
      let url = folder.appendingPathComponent(name)
      if !FileSystem.isDirectory(url) { result[name] = try Data(contentsOf: url) }
    }
  }

  /// Everything but the fields that the clock decides.
  static func withoutTimes(_ log: URL) throws -> [String] {
    try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map {
      String($0.prefix(upTo: $0.range(of: ",\"tokens_per_second\"")?.lowerBound ?? $0.endIndex))
    }
  }

  /// 60 steps against 30 + 30 or 23 + 37, where neither the log nor the evaluation interval is a divisor; the schedule
  /// switches at 30.
  @Test(arguments: [30, 23, 37], [MasterWeightsConfiguration.Rounding.stochastic, .kahan])
  func aResumedRunHasTheBytesOfAnUninterruptedOne(stop: Int, rounding: MasterWeightsConfiguration.Rounding) throws {
    let folder = try TemporaryDirectory()
    let configuration = Self.configuration { $0.masterWeights.rounding = rounding }
    let (straight, resumed) = (folder.url.appendingPathComponent("a"), folder.url.appendingPathComponent("b"))
    try ToyRun(straight, configuration: configuration).run()
    #expect(try ToyRun(resumed, configuration: configuration).run(stopAfter: stop) == .stopped)
    let second = try ToyRun(resumed, resume: true, configuration: configuration)
    #expect(second.notices.isEmpty)
    #expect(try second.run() == .finished)

    var (expected, got) = (try Self.contents(straight), try Self.contents(resumed))
    #expect(got["step-000060/model.safetensors"] == expected["step-000060/model.safetensors"])
    #expect(got["step-000060/trainer/optimizer.safetensors"] == expected["step-000060/trainer/optimizer.safetensors"])
    #expect(got["latest"] == expected["latest"] && got["best"] == expected["best"])
    let name = MetricsLog.fileName
    #expect(
      try Self.withoutTimes(resumed.appendingPathComponent(name))
        == Self.withoutTimes(straight.appendingPathComponent(name)))
    for name in ["step-000060/config.json", "recipe.yaml"] { #expect(expected[name] == got[name]) }
    // The loop reads the clock equally often, so even the times agree.
    (expected, got) = (
      expected.filter { $0.key.hasSuffix("state.json") }, got.filter { $0.key.hasSuffix("state.json") }
    )
    #expect(expected["step-000060/trainer/state.json"] == got["step-000060/trainer/state.json"])
  }

  /// A run that is killed goes on from its last checkpoint; what it had logged since is written again.
  @Test func logLinesAfterTheCheckpointAreCutOff() throws {
    let folder = try TemporaryDirectory()
    let (straight, killed) = (folder.url.appendingPathComponent("a"), folder.url.appendingPathComponent("b"))
    try ToyRun(straight, configuration: Self.configuration()).run()
    struct Killed: Error {}
    do {
      let run = try ToyRun(killed, configuration: Self.configuration())
      try run.loop.run { event in
        if case .logged(let line) = event { try run.metrics.append(MetricsLine(line)) }
        if case .evaluated(let step, let loss) = event {
          try run.metrics.append(MetricsLine(step: step, validation: loss))
        }
        if case .stepped(let report) = event, report.step == 50 { throw Killed() }
        return .continue
      }
    } catch is Killed {}
    let log = killed.appendingPathComponent(MetricsLog.fileName)
    let handle = try FileHandle(forWritingTo: log)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("{\"step\":50,\"los".utf8))
    try handle.close()
    let run = try ToyRun(killed, resume: true, configuration: Self.configuration())
    #expect(run.loop.progress.step == 30)
    #expect(try Self.withoutTimes(log).last?.hasPrefix("{\"step\":28,") == true)
    try run.run()
    #expect(try Self.withoutTimes(log) == Self.withoutTimes(straight.appendingPathComponent(MetricsLog.fileName)))
  }

  @Test func anotherRunIsRefusedWithAllDifferences() throws {
    let folder = try TemporaryDirectory()
    try ToyRun(folder.url, configuration: Self.configuration()).run(stopAfter: 3)
    var model = ToyModel.configuration
    model.ropeTheta = 500_000
    var changed = Self.configuration()
    changed.seed = 9
    changed.batchSize = 3
    let error = try #require(throws: RunError.self) {
      _ = try ToyRun(
        folder.url, resume: true, configuration: changed, model: model, data: ["sha256": "xyz"])
    }
    guard case .differentRun(_, let differences) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(
      differences.map(\.name) == [
        "batch_size", "dataset.sha256", "model.rope_parameters.rope_theta", "model.rope_theta", "seed",
      ])
    #expect("\(error)".contains("seed: the checkpoint has 1, the recipe 9"))
  }

  @Test func anotherTrainableSetIsRefused() throws {
    let toy = ToyModel()
    func identity() throws -> RunIdentity {
      try RunIdentity(
        model: ToyModel.configuration, training: TrainingConfiguration(), data: [:], parameters: toy.namedParameters)
    }
    let whole = try identity()
    toy.parameter("q_proj.weight").isTrainable = false
    #expect(try identity() != whole)
  }

  @Test func aCheckpointThatLeftZerosOutOfItsDigestIsContinued() throws {
    // Names whose digest has a byte below 16 at one of the first four places, for some of them at least.
    let differing = try (0..<40).filter { number in
      let parameter = Parameter(Tensor(repeating: 0, shape: [2]))
      let identity = try RunIdentity(
        model: ToyModel.configuration, training: TrainingConfiguration(), data: [:],
        parameters: [("weight\(number)", parameter)])
      var hash = SHA256()
      hash.update("weight\(number) \(parameter.shape)")
      let digest = hash.finalize().prefix(4).map { String($0, radix: 16) }.joined()
      var facts = identity.facts
      facts["trainable parameters"] = "1 tensors, 2 elements (\(digest))"
      let stored = try JSONDecoder().decode(RunIdentity.self, from: JSONEncoder().encode(["facts": facts]))
      #expect(stored.differences(from: identity).isEmpty)
      facts["trainable parameters"] = "1 tensors, 2 elements (\(digest)x)"
      let other = try JSONDecoder().decode(RunIdentity.self, from: JSONEncoder().encode(["facts": facts]))
      #expect(other.differences(from: identity).count == 1)
      return stored != identity
    }
    #expect(!differing.isEmpty)
  }

  @Test func anotherThreadCountIsAllowedWithAWarning() throws {
    let folder = try TemporaryDirectory()
    try ThreadPool.$current.withValue(ThreadPool(threadCount: 1)) {
      _ = try ToyRun(folder.url, configuration: Self.configuration()).run(stopAfter: 3)
    }
    let run = try ThreadPool.$current.withValue(ThreadPool(threadCount: 2)) {
      try ToyRun(folder.url, resume: true, configuration: Self.configuration())
    }
    #expect(run.notices.count == 1 && run.notices[0].contains("1 threads"))
  }
}
