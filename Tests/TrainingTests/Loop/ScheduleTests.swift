import Foundation
import Testing
import Training

struct ScheduleTests {
  /// The 700M model of the training guide: 100k steps, warm-up 375, peaks 1.5e-3 and 1e-3, both lines ending at 3e-5.
  static let guide = Schedule(
    ScheduleConfiguration(
      shape: .twoStage, warmupSteps: 375, secondLearningRate: 1e-3, finalLearningRate: 3e-5),
    learningRate: 1.5e-3, weightDecay: 0.1)

  static func rate(_ step: Int, _ schedule: Schedule = guide, of total: Int = 100_000) -> Double {
    schedule.learningRate(at: .init(step: step, totalSteps: total))
  }

  @Test func twoStageReproducesTheDecodedFigure() {
    #expect(abs(Self.rate(49_999) - 7.67e-4) < 2e-6)
    #expect(abs(Self.rate(50_000) - 5.16e-4) < 2e-6)
    #expect(abs(Self.rate(99_999) - 3e-5) < 1e-7)
    #expect(Self.rate(375) == 1.5e-3)
  }

  @Test func warmUpRisesLinearlyFromZero() {
    #expect(Self.rate(0) == 1.5e-3 / 375)
    #expect(abs(Self.rate(186) - 1.5e-3 * 187 / 375) < 1e-18)
    #expect(Self.rate(374) == 1.5e-3)
  }

  @Test func weightDecayStopsAtTheHalfOfTwoStageOnly() {
    func decay(_ shape: ScheduleConfiguration.Shape, _ step: Int) -> Double {
      Schedule(ScheduleConfiguration(shape: shape), learningRate: 1, weightDecay: 0.1)
        .weightDecay(at: .init(step: step, totalSteps: 101))
    }
    #expect(decay(.twoStage, 50) == 0.1)
    #expect(decay(.twoStage, 51) == 0)
    for shape in ScheduleConfiguration.Shape.allCases where shape != .twoStage {
      #expect(decay(shape, 100) == 0.1)
    }
  }

  @Test(arguments: [ScheduleConfiguration.Shape.linear, .cosine])
  func linearAndCosineMeetInTheMiddle(shape: ScheduleConfiguration.Shape) {
    let schedule = Schedule(
      ScheduleConfiguration(shape: shape, warmupSteps: 10, finalLearningRate: 0.2), learningRate: 1, weightDecay: 0)
    #expect(Self.rate(10, schedule, of: 110) == 1)
    #expect(abs(Self.rate(60, schedule, of: 110) - 0.6) < 1e-12)
    #expect(abs(Self.rate(110, schedule, of: 110) - 0.2) < 1e-12)
  }

  @Test func cosineFallsSlowlyAtFirst() {
    let schedule = Schedule(ScheduleConfiguration(shape: .cosine), learningRate: 1, weightDecay: 0)
    #expect(abs(Self.rate(25, schedule, of: 100) - (1 + cos(Double.pi / 4)) / 2) < 1e-12)
  }

  @Test func wsdIsStableUntilItsDecay() {
    let schedule = Schedule(
      ScheduleConfiguration(shape: .wsd, warmupSteps: 5, finalLearningRate: 0, decaySteps: 20),
      learningRate: 1, weightDecay: 0)
    #expect(Self.rate(80, schedule, of: 100) == 1)
    #expect(abs(Self.rate(90, schedule, of: 100) - 0.5) < 1e-12)
    #expect(abs(Self.rate(99, schedule, of: 100) - 0.05) < 1e-12)
  }

  @Test func constantStaysAfterTheWarmUp() {
    let schedule = Schedule(ScheduleConfiguration(shape: .constant, warmupSteps: 2), learningRate: 1, weightDecay: 0)
    #expect((0..<4).map { Self.rate($0, schedule, of: 4) } == [0.5, 1, 1, 1])
  }

  @Test func aRunLimitedByTimeFollowsTheSameCurve() {
    let byTime = Schedule.Position(step: 60_000, shareOfTime: 0.6)
    #expect(abs(Self.guide.learningRate(at: byTime) - Self.rate(60_000)) < 1e-12)
    #expect(Self.guide.weightDecay(at: byTime) == 0)
    #expect(Self.guide.weightDecay(at: .init(step: 400, shareOfTime: 0.49)) == 0.1)
    #expect(Self.guide.learningRate(at: .init(step: 0, shareOfTime: 0)) == 1.5e-3 / 375)
    #expect(abs(Self.guide.learningRate(at: .init(step: 90_000, shareOfTime: 1.2)) - 3e-5) < 1e-12)
  }
}
