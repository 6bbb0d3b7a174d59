import Autograd
import Extension
import Layers
import Testing
import Training

/// Two layers that learn whether two signs differ.
private final class Perceptron: Module {
  let hidden = BitLinear(inputs: 2, outputs: 32, seed: 1)
  let output = Linear(inputs: 32, outputs: 2, seed: 2)

  func collectParameters(into list: inout ParameterList) {
    list.add("hidden", hidden)
    list.add("output", output)
  }
}

private final class ExclusiveOr: Objective {
  let perceptron = Perceptron()
  var model: any Module { perceptron }

  func loss(ofMicroBatch number: Int) -> MicroBatchLoss? {
    let inputs = Tensor([-1, -1, -1, 1, 1, -1, 1, 1], shape: [4, 2])
    let logits = perceptron.output(perceptron.hidden(inputs).relu()).softCapped(at: 20)
    return MicroBatchLoss(sum: crossEntropy(logits: logits, targets: [0, 1, 1, 0]).sum(), tokenCount: 4, byteCount: 0)
  }
}

/// Keeps what a checkpoint would.
private final class Memory: CheckpointSink {
  var state: [String: [Float]] = [:]

  func save(_ snapshot: TrainingSnapshot) {
    for tensor in snapshot.optimizer.state { state[tensor.name] = tensor.scalars }
  }
}

@Suite struct MomentumSGDTests {
  @Test(arguments: MasterWeightsConfiguration.DataType.allCases)
  func trainsThroughTheLoop(_ dataType: MasterWeightsConfiguration.DataType) throws {
    let task = ExclusiveOr()
    let masters = MasterWeights(
      task.perceptron.namedParameters, configuration: MasterWeightsConfiguration(dataType: dataType), seed: 1)
    let configuration = TrainingConfiguration(
      limit: .steps(200), optimizer: OptimizerConfiguration(learningRate: 0.05, weightDecay: 0.001),
      schedule: ScheduleConfiguration(shape: .constant))
    let memory = Memory()
    let loop = TrainingLoop(task, configuration: configuration, optimizer: MomentumSGD(masters), checkpoints: memory)
    var losses: [Double] = []
    try loop.run { event in
      if case .stepped(let report) = event { losses.append(report.loss) }
      return .continue
    }
    #expect(losses.count == 200 && losses[0] > 0.3)
    #expect(losses[199] < 0.05, "from \(losses[0]) to \(losses[199])")
    #expect(Set(memory.state.keys) == ["velocity/hidden.weight", "velocity/output.weight"])
    #expect(memory.state.values.allSatisfy { $0.contains { $0 != 0 } })
  }

  /// Two steps by hand.
  @Test func followsItsFormula() {
    let weight = Parameter(Tensor([1], shape: [1]))
    let masters = MasterWeights(
      [("w", weight)], configuration: MasterWeightsConfiguration(dataType: .float32), seed: 1)
    let optimizer = MomentumSGD(masters, momentum: 0.5)
    for step in 0..<2 {
      weight.gradient = Tensor([4], shape: [1])
      optimizer.update(step: step, learningRate: 0.125, weightDecay: 1, gradientScale: 0.5)
    }
    // v = 2, p = 1 − (2 + 1)/8; v = 3, p = 0.625 − (3 + 0.625)/8.
    #expect(weight.value.scalars == [0.171875])
    #expect(weight.gradient == nil)
  }
}
