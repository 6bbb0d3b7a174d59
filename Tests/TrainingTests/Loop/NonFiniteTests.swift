import Autograd
import Testing
import Training

struct NonFiniteTests {
  private static func poison(_ parameter: Parameter) {
    var values = parameter.value.scalars
    values[3] = .nan
    parameter.replaceValue(Tensor(values, shape: parameter.shape).bfloat16)
  }

  @Test func aBadWeightIsNamedWithTheStep() throws {
    let objective = ToyObjective()
    objective.beforeMicroBatch = { if $0 == 9 { Self.poison(objective.toy.parameter("q_proj.weight")) } }
    let sink = CountingSink()
    let loop = TrainingLoop(
      objective,
      configuration: TrainingLoopTests.configuration(accumulation: 2) { $0.saveEverySteps = 2 }, checkpoints: sink)
    #expect(
      throws: TrainingError.nonFiniteLoss(
        step: 5, microBatch: 2, tensor: "model.layers.0.self_attn.q_proj.weight")
    ) { try loop.run() }
    #expect(loop.progress.step == 4)
    #expect(sink.steps == [2, 4])
  }

  @Test func aBadGradientIsNamedAndNothingIsApplied() throws {
    let objective = ToyObjective()
    let gain = objective.toy.parameter("model.norm.weight")
    objective.beforeMicroBatch = { if $0 == 3 { gain.gradient = Tensor(repeating: .infinity, shape: gain.shape) } }
    let loop = TrainingLoop(objective, configuration: TrainingLoopTests.configuration())
    var before: [UInt8] = []
    #expect(throws: TrainingError.nonFiniteGradient(step: 4, tensor: "model.norm.weight")) {
      try loop.run { _ in
        before = objective.toy.bytes
        return .continue
      }
    }
    #expect(objective.toy.bytes == before)
    #expect(objective.toy.parameters.allSatisfy { $0.gradient == nil })
  }

  @Test func aStepWithoutTargetsIsAnError() {
    final class Empty: Objective {
      let toy = ToyModel()
      var model: any Module { toy }
      func loss(ofMicroBatch number: Int) -> MicroBatchLoss? {
        MicroBatchLoss(sum: toy.loss([1], [1]) * 0, tokenCount: 0, byteCount: 0)
      }
    }
    let loop = TrainingLoop(Empty(), configuration: TrainingLoopTests.configuration())
    #expect(throws: TrainingError.noTargetTokens(step: 1)) { try loop.run() }
  }
}
