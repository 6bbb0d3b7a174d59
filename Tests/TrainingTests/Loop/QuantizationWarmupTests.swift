import Foundation
import Models
import Testing
import TestSupport
import Training

/// The strength λ as a function of the steps done.
@Suite struct QuantizationWarmupTests {
  private static func strengths(_ warmup: QuantizationWarmup, _ steps: [Int], blocks: Int = 1) -> [[Float]] {
    steps.map { step in (0..<blocks).map { warmup.strength(atStep: step, block: $0, of: blocks) } }
  }

  @Test func unlessItIsAskedForEverythingIsQuantised() {
    let none = QuantizationWarmup()
    #expect(!none.isGradual && none.endStep == 0)
    #expect(Self.strengths(none, [0, 1, 1000], blocks: 2) == [[1, 1], [1, 1], [1, 1]])
  }

  @Test func withoutAShapeItJumpsAtTheStart() {
    let jump = QuantizationWarmup(startStep: 3)
    #expect(jump.isGradual && jump.endStep == 3)
    #expect(Self.strengths(jump, [0, 2, 3, 4]) == [[0], [0], [1], [1]])
  }

  @Test func aLineAndACosine() {
    let linear = QuantizationWarmup(shape: .linear, steps: 4, startStep: 10)
    #expect(linear.endStep == 14)
    #expect(Self.strengths(linear, [0, 10, 11, 12, 13, 14, 99]) == [[0], [0], [0.25], [0.5], [0.75], [1], [1]])
    let cosine = QuantizationWarmup(shape: .cosine, steps: 4)
    let expected: [Float] = [0, 0.14644662, 0.5, 0.8535534, 1]
    for (step, want) in expected.enumerated() {
      #expect(abs(cosine.strength(atStep: step, block: 0, of: 1) - want) < 1e-6, "step \(step)")
    }
  }

  @Test func oneBlockAfterTheOther() {
    let warmup = QuantizationWarmup(shape: .layerwise, steps: 8)
    #expect(
      Self.strengths(warmup, [0, 1, 2, 3, 4, 6, 8], blocks: 4) == [
        [0, 0, 0, 0], [0.5, 0, 0, 0], [1, 0, 0, 0], [1, 0.5, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1],
      ])
  }

  @Test func ofManyStepsTheEndIsNoOverflow() {
    #expect(QuantizationWarmup(shape: .linear, steps: .max, startStep: .max).endStep == .max)
  }

  // MARK: - In the loop

  private static func trained(
    _ steps: Int, _ change: (inout TrainingConfiguration) -> Void
  ) throws -> (strengths: [Double?], model: Decoder, loop: TrainingLoop) {
    let folder = try TemporaryDirectory()
    let model = TinyBitNet.model()
    let loop = try PretrainingTests.loop(model, TinyBitNet.corpus(in: folder), steps: steps) {
      $0.logEverySteps = 1
      change(&$0)
    }
    var strengths: [Double?] = []
    try loop.run { event in
      if case .logged(let line) = event { strengths.append(line.quantizationStrength) }
      return .continue
    }
    return (strengths, model, loop)
  }

  @Test func theLoopFollowsIt() throws {
    let (strengths, model, _) = try Self.trained(6) {
      $0.quantizationWarmup = QuantizationWarmup(shape: .layerwise, steps: 4, startStep: 1)
    }
    #expect(strengths == [0, 0, 0.25, 0.5, 0.75, 1])
    #expect(model.quantizationStrength == 1)
    #expect(try Self.trained(2) { _ in }.strengths == [nil, nil])
  }

  /// In full precision for all its steps, a BitNet has the weights of a model that knows no codes.
  @Test func beforeTheStartItIsATrainingInFullPrecision() throws {
    func weights(_ model: Decoder) -> [[UInt32]] { model.parameters.map { $0.value.scalars.map(\.bitPattern) } }
    let (_, gradual, _) = try Self.trained(3) { $0.quantizationWarmup = QuantizationWarmup(startStep: 3) }
    let folder = try TemporaryDirectory()
    var configuration = TinyBitNet.configuration
    configuration.bitLinear.weightQuantization = .none
    let plain = Decoder(configuration, seed: 3)
    try PretrainingTests.loop(plain, TinyBitNet.corpus(in: folder), steps: 3) { $0.logEverySteps = 1 }.run()
    #expect(weights(gradual) == weights(plain))
    #expect(try weights(Self.trained(3) { _ in }.model) != weights(plain))
  }

  /// An evaluation in full precision is no measure for the BitNet: neither the best checkpoint nor patience sees it.
  @Test func onlyEvaluationsOfTheBitNetCount() throws {
    let folder = try TemporaryDirectory()
    let model = TinyBitNet.model()
    var configuration = TrainingLoopTests.configuration(steps: 6) {
      $0.quantizationWarmup = QuantizationWarmup(shape: .linear, steps: 4)
      $0.evaluateEverySteps = 1
      $0.earlyStoppingPatience = 3
    }
    configuration.maximumSequenceLength = 24
    let sampler = try WarmupRun.sampler(TinyBitNet.corpus(in: folder))
    var losses: [Double] = []
    let loop = TrainingLoop(
      WarmupRun.objective(model, sampler), configuration: configuration,
      evaluate: {
        // A loss that grows as long as it is looked at.
        losses.append(model.quantizationStrength)
        return LossSum(nats: Double(losses.count), tokens: 1, bytes: 1)
      }, warmedUp: model)
    #expect(try loop.run() == .finished)
    #expect(losses == [0.25, 0.5, 0.75, 1, 1, 1])
    #expect(loop.progress.lowestLoss == 4 && loop.progress.evaluationsWithoutGain == 2)
  }
}
