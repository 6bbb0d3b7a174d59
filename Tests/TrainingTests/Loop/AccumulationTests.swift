import Autograd
import Datasets
import Models
import Testing
import Training

/// The loop on examples of unequal lengths: how a batch is cut into micro-batches must not matter, neither in a whole
/// window nor in the partial one at the end of the data.
@Suite struct AccumulationTests {
  enum Task: CaseIterable {
    case mean, sum, packedMean, packedSum, preference, preferenceWithSupervision, normalizedPreference
  }

  private let examples: UnequalExamples

  init() throws { examples = try UnequalExamples() }

  private func objective(_ task: Task, _ model: Decoder, batchSize: Int) throws -> any Objective {
    func supervised(_ reduction: LossReduction, isPacked: Bool) throws -> any Objective {
      let batches = try examples.instructions().trainingBatches(
        batchSize: batchSize, seed: 1, epochs: 1, isPacked: isPacked)
      return BatchObjective(model, batches: batches, loss: LikelihoodLoss(reduction))
    }
    func preference(_ loss: PreferenceLossConfiguration) throws -> any Objective {
      let dataset = try examples.preferences()
      // Of another model, so that the pairs weigh differently.
      let reference = try ReferenceLogProbabilities(examples.model(seed: 4), dataset, batchSize: 4)
      return BatchObjective(
        model, batches: PreferenceBatches(dataset, batchSize: batchSize, seed: 1, epochs: 1),
        loss: PairwiseLoss(loss, reference: reference))
    }
    return switch task {
    case .mean: try supervised(.mean, isPacked: false)
    case .sum: try supervised(.sum, isPacked: false)
    case .packedMean: try supervised(.mean, isPacked: true)
    case .packedSum: try supervised(.sum, isPacked: true)
    case .preference: try preference(.init(beta: 0.5))
    case .preferenceWithSupervision: try preference(.init(beta: 0.5, labelSmoothing: 0.1, supervisedWeight: 0.3))
    case .normalizedPreference: try preference(.init(kind: .sigmoidNormalized, beta: 2))
    }
  }

  struct Run {
    var log: [StepMetrics] = []
    /// The first moments of all parameters: sums of the clipped gradients of all steps.
    var moments: [Double] = []
    /// What training added to the parameters.
    var updates: [Double] = []
  }

  private func run(
    _ task: Task, batchSize: Int, accumulation: Int, steps: Int, _ change: (inout TrainingConfiguration) -> Void
  ) throws -> Run {
    let model = examples.model()
    var configuration = TrainingConfiguration(
      batchSize: batchSize, gradientAccumulationSteps: accumulation, limit: .steps(steps),
      schedule: ScheduleConfiguration(shape: .constant),
      masterWeights: MasterWeightsConfiguration(dataType: .float32), computeDataType: .float32, clipGradientNorm: 0.05,
      logEverySteps: 1)
    change(&configuration)
    let loop = TrainingLoop(try objective(task, model, batchSize: batchSize), configuration: configuration)
    func values() -> [Float] { model.parameters.flatMap(\.value.scalars) }
    let start = values()
    var run = Run()
    try loop.run { event in
      if case .logged(let metrics) = event { run.log.append(metrics) }
      return .continue
    }
    run.moments = loop.optimizer.state.filter { $0.name.hasPrefix("first_moment/") }.flatMap(\.scalars).map(Double.init)
    run.updates = zip(values(), start).map { Double($0) - Double($1) }
    return run
  }

  /// - Returns: the norm of the difference over the norm.
  private func distance(_ left: [Double], _ right: [Double]) -> Double {
    guard !left.isEmpty, left.count == right.count else { return .infinity }
    let square = zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (square / right.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  private func expectEqualLogs(_ run: Run, _ whole: Run) {
    #expect(run.log.map(\.tokens) == whole.log.map(\.tokens))
    for (line, expected) in zip(run.log, whole.log) {
      #expect(abs(line.gradientNorm / expected.gradientNorm - 1) < 1e-5, "gradient norm of step \(line.step)")
      #expect(abs(line.loss - expected.loss) < 1e-5 * abs(expected.loss), "loss of step \(line.step)")
      #expect(line.gradientNorm > 0.05, "nothing is clipped in step \(line.step)")
    }
  }

  /// A step of 8 examples and one of the other 6. The weights stand still, for the second step quantises what the first
  /// one changed, and a difference in the last place may turn a rounding there.
  @Test(arguments: [Task.mean, .sum, .preference, .preferenceWithSupervision, .normalizedPreference])
  func gradientsOfAWholeAndAPartialWindow(_ task: Task) throws {
    let runs = try [(8, 1), (4, 2), (2, 4), (1, 8)].map { batchSize, accumulation in
      try run(task, batchSize: batchSize, accumulation: accumulation, steps: 2) { $0.optimizer.learningRate = 0 }
    }
    #expect(runs[0].updates.allSatisfy { $0 == 0 })
    let all = try run(task, batchSize: 14, accumulation: 1, steps: 1) { $0.optimizer.learningRate = 0 }
    #expect(runs[0].log.map(\.step) == [1, 2] && runs[0].log[1].tokens == all.log[0].tokens)
    for run in runs.dropFirst() {
      expectEqualLogs(run, runs[0])
      let distance = distance(run.moments, runs[0].moments)
      #expect(distance < 1e-5, "\(distance)")
    }
  }

  /// A step that runs out of data: 14 of 16 examples. With an ε far above the second moment the update is a picture of the
  /// clipped gradient.
  @Test(arguments: Task.allCases) func parametersAfterAPartialWindow(_ task: Task) throws {
    let runs = try [(16, 1), (4, 4), (2, 8), (1, 16)].map { batchSize, accumulation in
      try run(task, batchSize: batchSize, accumulation: accumulation, steps: 1) {
        $0.optimizer = OptimizerConfiguration(learningRate: 1e5, epsilon: 1e5, weightDecay: 0)
      }
    }
    #expect(runs[0].updates.contains { abs($0) > 1e-3 })
    for run in runs.dropFirst() {
      expectEqualLogs(run, runs[0])
      let distance = distance(run.updates, runs[0].updates)
      #expect(distance < 1e-5, "\(distance)")
    }
  }
}
