import Autograd
import Foundation
import Kernels
import Testing
import Training

struct AdamWTests {
  static func masters(
    _ dataType: MasterWeightsConfiguration.DataType, _ rounding: MasterWeightsConfiguration.Rounding = .stochastic
  ) -> MasterWeightsConfiguration {
    MasterWeightsConfiguration(dataType: dataType, rounding: rounding)
  }

  @Test func tenStepsEqualADoubleReference() {
    let start: [Float] = [0.5, -0.25, 2, 1e-3, -3]
    let parameter = Parameter(Tensor(start, shape: [5]))
    let optimizer = AdamW(
      [("w", parameter)], configuration: OptimizerConfiguration(), masterWeights: Self.masters(.float32), seed: 1)
    var p = start.map(Double.init)
    var (m, v) = ([Double](repeating: 0, count: 5), [Double](repeating: 0, count: 5))
    for step in 0..<10 {
      let rate = 1e-2 / Double(step + 1)
      let gradient = (0..<5).map { Float(sin(Double(3 * step + $0))) }
      parameter.gradient = Tensor(gradient, shape: [5])
      optimizer.update(step: step, learningRate: rate, weightDecay: 0.1, gradientScale: 0.5)
      #expect(parameter.gradient == nil)
      for i in 0..<5 {
        let g = Double(gradient[i]) * 0.5
        p[i] -= rate * 0.1 * p[i]
        m[i] = 0.9 * m[i] + 0.1 * g
        v[i] = 0.95 * v[i] + 0.05 * g * g
        let corrected = (v[i] / (1 - pow(0.95, Double(step + 1)))).squareRoot() + 1e-8
        p[i] -= rate / (1 - pow(0.9, Double(step + 1))) * m[i] / corrected
      }
    }
    for (got, expected) in zip(parameter.value.scalars, p) { #expect(abs(Double(got) - expected) < 2e-6) }
  }

  @Test func normsDoNotDecayAndFrozenParametersDoNotMove() {
    func parameter(_ role: Parameter.Role, trainable: Bool = true) -> Parameter {
      Parameter(.ones([4]), role: role, isTrainable: trainable)
    }
    let (matrix, embedding, norm) = (parameter(.matrix), parameter(.embedding), parameter(.norm))
    let frozen = parameter(.matrix, trainable: false)
    let all = [("matrix", matrix), ("embedding", embedding), ("norm", norm), ("frozen", frozen)]
    let optimizer = AdamW(
      all, configuration: OptimizerConfiguration(), masterWeights: Self.masters(.float32), seed: 1)
    #expect(optimizer.parameters.map(\.name) == ["matrix", "embedding", "norm"])
    for (_, parameter) in all { parameter.gradient = .zeros([4]) }
    optimizer.update(step: 0, learningRate: 0.5, weightDecay: 0.5, gradientScale: 1)
    #expect(matrix.value.scalars == [0.75, 0.75, 0.75, 0.75])
    #expect(embedding.value.scalars == matrix.value.scalars)
    #expect(norm.value.scalars == [1, 1, 1, 1])
    #expect(frozen.value.scalars == [1, 1, 1, 1])
  }

  /// 400 steps of 5e-4 down on weights of 1, whose bfloat16 neighbour is 2⁻⁸ away.
  private static func mean(after rounding: MasterWeightsConfiguration.Rounding) -> Float {
    let parameter = Parameter(.ones([4096]))
    let optimizer = AdamW(
      [("w", parameter)], configuration: OptimizerConfiguration(), masterWeights: masters(.bfloat16, rounding), seed: 1)
    for step in 0..<400 {
      parameter.gradient = .ones([4096])
      optimizer.update(step: step, learningRate: 5e-4, weightDecay: 0, gradientScale: 1)
    }
    return parameter.value.scalars.reduce(0, +) / 4096
  }

  @Test func roundingToNearestFreezesWeightsThatTheOthersTrain() {
    #expect(Self.mean(after: .nearest) == 1)
    #expect(abs(Self.mean(after: .stochastic) - 0.8) < 1e-3)
    #expect(abs(Self.mean(after: .kahan) - 0.8) < 2e-3)
  }

  @Test func stochasticRoundingDependsOnSeedStepAndPositionOnly() {
    func run(seed: UInt64, position: Int, threads: Int) -> [Float] {
      ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        let parameter = Parameter(.ones([40_000]))
        let before = (0..<position).map { ("frozen\($0)", Parameter(.ones([1]), isTrainable: false)) }
        let optimizer = AdamW(
          before + [("w", parameter)], configuration: OptimizerConfiguration(), masterWeights: Self.masters(.bfloat16),
          seed: seed)
        parameter.gradient = .ones([40_000])
        optimizer.update(step: 3, learningRate: 1e-3, weightDecay: 0, gradientScale: 1)
        return parameter.value.scalars
      }
    }
    let reference = run(seed: 1, position: 0, threads: 1)
    #expect(run(seed: 1, position: 0, threads: 3) == reference)
    #expect(run(seed: 2, position: 0, threads: 1) != reference)
    #expect(run(seed: 1, position: 1, threads: 1) != reference)
  }
}
