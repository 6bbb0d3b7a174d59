import Autograd
import Foundation
import Kernels
import Testing
import Training

struct TrainingLoopTests {
  static func configuration(
    steps: Int = 20, accumulation: Int = 1, change: (inout TrainingConfiguration) -> Void = { _ in }
  ) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(
      batchSize: 4, gradientAccumulationSteps: accumulation, limit: .steps(steps),
      optimizer: OptimizerConfiguration(learningRate: 2e-2),
      schedule: ScheduleConfiguration(shape: .twoStage, warmupSteps: 3), logEverySteps: 5)
    change(&configuration)
    return configuration
  }

  @Test(arguments: [(4, 4), (1, 16)])
  func accumulationEqualsTheLargeBatch(sequences: Int, accumulation: Int) throws {
    func parameters(_ sequences: Int, _ accumulation: Int) throws -> [Float] {
      let objective = ToyObjective(sequencesPerBatch: sequences)
      // A rate that makes one step a picture of the gradient: no clipping, and ε far above the second moment.
      let loop = TrainingLoop(
        objective,
        configuration: Self.configuration(steps: 1, accumulation: accumulation) {
          $0.optimizer = OptimizerConfiguration(learningRate: 1e4, epsilon: 1e4, weightDecay: 0)
          $0.schedule = ScheduleConfiguration(shape: .constant)
          $0.masterWeights = MasterWeightsConfiguration(dataType: .float32)
          $0.clipGradientNorm = nil
        })
      let start = objective.toy.parameter("q_proj.weight").value.scalars
      try loop.run()
      return zip(objective.toy.parameter("q_proj.weight").value.scalars, start).map { $0 - $1 }
    }
    let expected = try parameters(16, 1)
    let scale = expected.map(abs).max()!
    for (got, expected) in zip(try parameters(sequences, accumulation), expected) {
      #expect(abs(got - expected) <= 1e-5 * scale)
    }
    #expect(scale > 1e-3)
  }

  @Test func learns() throws {
    var losses: [Double] = []
    let loop = TrainingLoop(ToyObjective(sequencesPerBatch: 16), configuration: Self.configuration(steps: 200))
    let outcome = try loop.run { event in
      if case .logged(let metrics) = event { losses.append(metrics.loss) }
      return .continue
    }
    #expect(outcome == .finished)
    #expect(losses.count == 40)
    #expect(losses.last! < losses.first! / 2)
  }

  @Test func reportsInOrderAndAtTheEnd() throws {
    var events: [String] = []
    let sink = CountingSink()
    let loop = TrainingLoop(
      ToyObjective(),
      configuration: Self.configuration(steps: 7) {
        $0.logEverySteps = 3
        $0.evaluateEverySteps = 4
        $0.saveEverySteps = 4
      },
      evaluate: { LossSum(nats: 10, tokens: 5, bytes: 5) }, checkpoints: sink)
    try loop.run { event in
      switch event {
      case .stepped(let report): events.append("step \(report.step)")
      case .logged(let metrics): events.append("log \(metrics.step)")
      case .evaluated(let step, _): events.append("evaluation \(step)")
      case .saved(let step, let isBest): events.append("save \(step) \(isBest)")
      }
      return .continue
    }
    #expect(
      events == [
        "step 1", "step 2", "step 3", "log 3", "step 4", "evaluation 4", "save 4 true", "step 5", "step 6", "log 6",
        "step 7", "log 7", "evaluation 7", "save 7 false",
      ])
    #expect(try loop.run() == .finished)
    #expect(sink.steps == [4, 7])
  }

  @Test func stopsAfterTheStepAndSaves() throws {
    let sink = CountingSink()
    let loop = TrainingLoop(ToyObjective(), configuration: Self.configuration(), checkpoints: sink)
    for last in [6, 9] {
      let outcome = try loop.run { event in
        if case .stepped(let report) = event, report.step == last { return .stop }
        return .continue
      }
      #expect(outcome == .stopped)
    }
    #expect(sink.steps == [6, 9])
  }

  @Test func aTimeLimitEndsTheRunAndDrivesTheSchedule() throws {
    var time = 0.0
    let objective = ToyObjective()
    objective.beforeMicroBatch = { _ in time += 3 }
    let loop = TrainingLoop(
      objective,
      configuration: Self.configuration {
        $0.limit = .minutes(1)
        $0.logEverySteps = 1
        $0.schedule.warmupSteps = 0
      }, clock: { time })
    var decays: [Double] = []
    try loop.run { event in
      if case .logged(let metrics) = event { decays.append(metrics.weightDecay) }
      return .continue
    }
    #expect(loop.progress.step == 20)
    #expect(decays == [Double](repeating: 0.1, count: 10) + [Double](repeating: 0, count: 10))
  }

  @Test func gradientsAreClippedToTheGlobalNorm() throws {
    func firstMomentNorm(clip: Double?) throws -> (norm: Double, moment: Double) {
      let loop = TrainingLoop(
        ToyObjective(), configuration: Self.configuration(steps: 1) { $0.clipGradientNorm = clip })
      var norm = 0.0
      try loop.run { event in
        if case .logged(let metrics) = event { norm = metrics.gradientNorm }
        return .continue
      }
      let squares = loop.optimizer.state.filter { $0.name.hasPrefix("first_moment/") }.flatMap(\.scalars).reduce(0.0) {
        $0 + Double($1) * Double($1)
      }
      return (norm, squares.squareRoot() / 0.1)
    }
    let free = try firstMomentNorm(clip: nil)
    #expect(abs(free.moment - free.norm) < 1e-5 * free.norm)
    let clipped = try firstMomentNorm(clip: free.norm / 3)
    #expect(clipped.norm == free.norm)
    #expect(abs(clipped.moment - free.norm / 3) < 1e-5 * free.norm)
    #expect(abs(try firstMomentNorm(clip: free.norm * 3).moment - free.norm) < 1e-5 * free.norm)
  }

  @Test func inSteadyStateNoMemoryIsAllocated() throws {
    let pool = BufferPool()
    try BufferPool.$current.withValue(pool) {
      var counts: [Int] = []
      let loop = TrainingLoop(ToyObjective(), configuration: Self.configuration(accumulation: 2))
      try loop.run { event in
        if case .stepped = event { counts.append(pool.statistics.systemAllocations) }
        return .continue
      }
      #expect(counts[1] > 0)
      // Sequences differ in length, but all their size classes occur early.
      #expect(Set(counts[8...]).count == 1)
    }
  }
}

final class CountingSink: CheckpointSink {
  private(set) var steps: [Int] = []

  func save(_ snapshot: TrainingSnapshot) {
    steps.append(snapshot.progress.step)
  }
}
