import Autograd
import Foundation
import Kernels
import TestSupport
import Testing
import Training

/// What holds for every optimiser, and for the weights they share.
@Suite struct OptimizerTests {
  private static let masterWeights = [
    MasterWeightsConfiguration(dataType: .float32), .init(rounding: .nearest), .init(rounding: .stochastic),
    .init(rounding: .kahan),
  ]

  private static func gradient(_ step: Int, _ count: Int) -> [Float] {
    (0..<count).map { Float(sin(Double(7 * step + $0))) }
  }

  private func optimizer(
    _ kind: OptimizerConfiguration.Kind, _ parameters: [(name: String, parameter: Parameter)],
    _ masters: MasterWeightsConfiguration
  ) -> any Optimizer {
    OptimizerConfiguration(kind: kind).optimizer(of: MasterWeights(parameters, configuration: masters, seed: 1))
  }

  @Test(arguments: OptimizerConfiguration.Kind.allCases, masterWeights)
  func changesWhatHasAGradientAndClearsIt(_ kind: OptimizerConfiguration.Kind, _ masters: MasterWeightsConfiguration) {
    let (moving, still) = (Parameter(.ones([3000])), Parameter(.ones([5])))
    let frozen = Parameter(.ones([5]), isTrainable: false)
    let optimizer = optimizer(kind, [("moving", moving), ("still", still), ("frozen", frozen)], masters)
    #expect(optimizer.parameters.map(\.name) == ["moving", "still"])
    #expect(Set(optimizer.state.map(\.name)).count == optimizer.state.count)
    #expect(zip(optimizer.state, optimizer.state).allSatisfy { $0 === $1 })
    moving.gradient = .ones([3000])
    optimizer.update(step: 0, learningRate: 0.25, weightDecay: 0.1, gradientScale: 0.5)
    #expect(moving.gradient == nil)
    #expect(moving.value.scalars.allSatisfy { abs($0 - 0.725) < 0.01 }, "\(moving.value.scalars[0])")
    #expect(still.value.scalars == [1, 1, 1, 1, 1] && frozen.value.scalars == still.value.scalars)
    let perWeight = optimizer.state.filter { $0.name.hasSuffix("/moving") && !$0.name.hasPrefix("compensation") }.count
    #expect(perWeight == (kind == .adamw ? 2 : 1))
  }

  @Test(arguments: OptimizerConfiguration.Kind.allCases, masterWeights)
  func threadsDoNotChangeABit(_ kind: OptimizerConfiguration.Kind, _ masters: MasterWeightsConfiguration) {
    let results = [1, 3].map { threads in
      ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        let parameter = Parameter(Tensor(Self.gradient(5, 40_001), shape: [40_001]))
        let optimizer = optimizer(kind, [("w", parameter)], masters)
        for step in 0..<3 {
          parameter.gradient = Tensor(Self.gradient(step, 40_001), shape: [40_001])
          optimizer.update(step: step, learningRate: 1e-3, weightDecay: 0.1, gradientScale: 1)
        }
        return parameter.value.scalars + optimizer.state.flatMap(\.scalars)
      }
    }
    #expect(results[0] == results[1])
  }

  @Test func lionFollowsItsFormula() {
    let start: [Float] = [0.5, -0.25, 2, 1e-3, 0]
    let parameter = Parameter(Tensor(start, shape: [5]))
    let optimizer = optimizer(.lion, [("w", parameter)], .init(dataType: .float32))
    var (p, m) = (start.map(Double.init), [Double](repeating: 0, count: 5))
    for step in 0..<10 {
      var gradient = Self.gradient(step, 5)
      gradient[4] = 0
      parameter.gradient = Tensor(gradient, shape: [5])
      optimizer.update(step: step, learningRate: 1e-2, weightDecay: 0.5, gradientScale: 0.5)
      for i in 0..<5 {
        let g = Double(gradient[i]) * 0.5
        let direction = 0.9 * m[i] + 0.1 * g
        p[i] -= 1e-2 * ((direction > 0 ? 1 : direction < 0 ? -1 : 0) + 0.5 * p[i])
        m[i] = 0.95 * m[i] + 0.05 * g
      }
    }
    for (got, expected) in zip(parameter.value.scalars, p) { #expect(abs(Double(got) - expected) < 2e-6) }
    #expect(parameter.value.scalars[4] == 0)
  }

  /// With betas of 0, AdamW's kernels add −lr·g/(|g| + ε) − lr·λ·w: `MasterWeights` rounds it to the same bits.
  @Test(arguments: masterWeights) func roundsAsTheKernelsDo(_ masters: MasterWeightsConfiguration) {
    let count = 3001
    let start = Self.gradient(9, count)
    let parameters = [Parameter(Tensor(start, shape: [count])), Parameter(Tensor(start, shape: [count]))]
    let before = ("before", Parameter(.ones([1])))
    let adamw = AdamW(
      [before, ("w", parameters[0])], configuration: OptimizerConfiguration(beta1: 0, beta2: 0), masterWeights: masters,
      seed: 4)
    let own = MasterWeights([before, ("w", parameters[1])], configuration: masters, seed: 4)
    for step in 0..<5 {
      let gradient = Self.gradient(step, count)
      parameters[0].gradient = Tensor(gradient, shape: [count])
      adamw.update(step: step, learningRate: 1e-2, weightDecay: 0.5, gradientScale: 1)
      let (rate, decay, epsilon) = (Float(1e-2), Float(1e-2 * 0.5), Float(1e-8))
      own.update(own.entries[1], step: step) { part in
        for (index, element) in part.elements.enumerated() {
          let g = gradient[element]
          part.changes[index] = -(decay * part.weights[index]) - rate * g / ((g * g).squareRoot() + epsilon)
        }
      }
      #expect(parameters[0].value.scalars == parameters[1].value.scalars, "step \(step)")
    }
    #expect(parameters[0].value.scalars != start)
  }

  /// Checkpoints written long ago have these names, in this order.
  @Test func theStateOfAdamWHasItsNames() {
    let parameters = [("a.weight", Parameter(.ones([2]))), ("b.weight", Parameter(.ones([3])))]
    let adamw = AdamW(
      parameters, configuration: OptimizerConfiguration(), masterWeights: .init(rounding: .kahan), seed: 1)
    #expect(
      adamw.state.map(\.name) == [
        "first_moment/a.weight", "second_moment/a.weight", "compensation/a.weight", "first_moment/b.weight",
        "second_moment/b.weight", "compensation/b.weight",
      ])
    #expect(adamw.state.map(\.shape) == [[2], [2], [2], [3], [3], [3]])
  }

  @Test(arguments: OptimizerConfiguration.Kind.allCases, masterWeights)
  func aResumedRunHasTheBytesOfAnUninterruptedOne(
    _ kind: OptimizerConfiguration.Kind, _ masters: MasterWeightsConfiguration
  ) throws {
    let folder = try TemporaryDirectory()
    let configuration = TrainingLoopTests.configuration(steps: 12) {
      $0.optimizer.kind = kind
      $0.masterWeights = masters
      $0.saveEverySteps = 12
    }
    let (straight, resumed) = (folder.url.appendingPathComponent("a"), folder.url.appendingPathComponent("b"))
    try ToyRun(straight, configuration: configuration).run()
    try ToyRun(resumed, configuration: configuration).run(stopAfter: 5)
    try ToyRun(resumed, resume: true, configuration: configuration).run()
    for file in ["model.safetensors", "trainer/optimizer.safetensors"] {
      let (a, b) = (straight.appending(path: "step-000012/\(file)"), resumed.appending(path: "step-000012/\(file)"))
      #expect(try Data(contentsOf: a) == Data(contentsOf: b), "\(file)")
    }
  }

  @Test func anotherOptimiserIsRefused() throws {
    let folder = try TemporaryDirectory()
    let configuration = TrainingLoopTests.configuration(steps: 12)
    try ToyRun(folder.url, configuration: configuration).run(stopAfter: 3)
    var other = configuration
    other.optimizer.kind = .lion
    let error = try #require(throws: RunError.self) {
      _ = try ToyRun(folder.url, resume: true, configuration: other)
    }
    #expect("\(error)".contains("optimizer.type: the checkpoint has adamw, the recipe lion"))
  }
}
