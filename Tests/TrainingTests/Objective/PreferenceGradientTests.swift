import Autograd
import Kernels
import Layers
import Testing
import Training

/// The gradients of the losses of pairs against differences of these losses.
@Suite struct PreferenceGradientTests {
  /// Every kind, and what can be added to it.
  static let configurations: [PreferenceLossConfiguration] =
    PreferenceLossConfiguration.Kind.allCases.map { PreferenceLossConfiguration(kind: $0, beta: 0.4) }
    + kinds(.supervisedWeight).map { PreferenceLossConfiguration(kind: $0, beta: 0.4, supervisedWeight: 0.3) }
    + kinds(.likelihoodWeight).map { PreferenceLossConfiguration(kind: $0, beta: 0.4, likelihoodWeight: 0.6) }
    + kinds(.gamma).map { PreferenceLossConfiguration(kind: $0, beta: 0.4, gamma: 1.5) }
    + kinds(.labelSmoothing).flatMap { kind in
      [0.1, 0.4].map { smoothing in PreferenceLossConfiguration(kind: kind, beta: 0.4, labelSmoothing: smoothing) }
    } + [PreferenceLossConfiguration(beta: 0.1, labelSmoothing: 0.2, supervisedWeight: 1)]

  private static func kinds(_ setting: PreferenceLossSetting) -> [PreferenceLossConfiguration.Kind] {
    PreferenceLossConfiguration.Kind.allCases.filter { $0.takes(setting) }
  }

  /// Pairs of which the policy prefers either answer, a little or by far, and answers of unequal lengths.
  private struct Pairs {
    static let referenceChosen: [Float] = [-9, -20, -3, -14, -6, -11]
    static let referenceRejected: [Float] = [-12, -8, -10, -13, -5, -30]
    static let chosenCounts: [Float] = [3, 8, 1, 5, 2, 4]
    static let rejectedCounts: [Float] = [6, 2, 4, 5, 1, 12]
    /// Differences of the log-ratios: −6.5, −1.25, 0.25, 1.5, 4, 7; hinge has its kink at 2.5.
    var chosen: [Float] = [-13.5, -19.25, -4, -13, -3, -4.5]
    var rejected: [Float] = [-10, -6, -11.25, -13.5, -6, -30.5]

    func losses(_ configuration: PreferenceLossConfiguration, chosen: Tensor, rejected: Tensor) -> Tensor {
      func tensor(_ values: [Float]) -> Tensor { Tensor(values, shape: [values.count]) }
      return PreferenceLoss(configuration: configuration)(
        PairLogProbabilities(
          chosen: chosen, rejected: rejected, chosenCounts: Self.chosenCounts, rejectedCounts: Self.rejectedCounts),
        reference: configuration.kind.hasReference
          ? (tensor(Self.referenceChosen), tensor(Self.referenceRejected)) : nil)
    }

    func losses(_ configuration: PreferenceLossConfiguration) -> [Double] {
      losses(
        configuration, chosen: Tensor(chosen, shape: [chosen.count]),
        rejected: Tensor(rejected, shape: [rejected.count])
      ).scalars.map(Double.init)
    }
  }

  @Test(arguments: configurations.indices) func slopesByLogProbabilities(_ index: Int) {
    let (configuration, pairs) = (Self.configurations[index], Pairs())
    let (chosen, rejected) = (
      Parameter(Tensor(pairs.chosen, shape: [pairs.chosen.count])),
      Parameter(Tensor(pairs.rejected, shape: [pairs.rejected.count]))
    )
    pairs.losses(configuration, chosen: chosen.tensor, rejected: rejected.tensor).sum().backward()
    let paths: [(Parameter, WritableKeyPath<Pairs, [Float]>)] = [(chosen, \.chosen), (rejected, \.rejected)]
    for (parameter, path) in paths {
      let slopes = Self.slopes(of: pairs, path, configuration)
      let gradient = parameter.gradient?.scalars ?? []
      #expect(gradient.count == slopes.count)
      for (got, slope) in zip(gradient.map { Double($0) }, slopes) {
        #expect(abs(got - slope) < 1e-4 * (1 + abs(slope)), "\(configuration): \(got) instead of \(slope)")
      }
      #expect(slopes.contains { abs($0) > 0.01 })
    }
  }

  /// Central differences of fourth order of all pairs at once: a pair's loss depends on its own answers, and on all of them
  /// in the same way.
  private static func slopes(
    of pairs: Pairs, _ path: WritableKeyPath<Pairs, [Float]>, _ configuration: PreferenceLossConfiguration
  ) -> [Double] {
    // A power of two, so that shifted log-probabilities are exact.
    let step = Float(1) / 16
    func shifted(_ steps: Float) -> [Double] {
      var moved = pairs
      moved[keyPath: path] = moved[keyPath: path].map { $0 + steps * step }
      return moved.losses(configuration)
    }
    func difference(_ steps: Float) -> [Double] { zip(shifted(steps), shifted(-steps)).map { $0.0 - $0.1 } }
    let (near, far) = (difference(1), difference(2))
    return zip(near, far).map { pair in (8 * pair.0 - pair.1) / (12 * Double(step)) }
  }

  /// The slope along the gradient of a model whose loss is smooth: through both answers' log-probabilities.
  @Test(arguments: configurations.indices) func slopesByWeights(_ index: Int) throws {
    let examples = try UnequalExamples()
    let (model, dataset) = (examples.model(quantization: .none), try examples.preferences())
    let reference =
      Self.configurations[index].kind.hasReference
      ? try ReferenceLogProbabilities(examples.model(seed: 4, quantization: .none), dataset, batchSize: 14) : nil
    let objective = BatchObjective(
      model, batches: dataset.evaluationBatches(batchSize: 14),
      loss: PairwiseLoss(Self.configurations[index], reference: reference))
    try #require(try objective.loss(ofMicroBatch: 0)).sum.backward()
    let directions = model.parameters.map { parameter in
      (parameter: parameter, values: parameter.value.scalars, gradient: parameter.gradient?.scalars ?? [])
    }
    var square = 0.0
    for slope in directions.flatMap(\.gradient) { square += Double(slope) * Double(slope) }
    let step = 0.0005 / square.squareRoot()
    func loss(_ direction: Double) throws -> Double {
      for (parameter, values, gradient) in directions {
        let moved = zip(values, gradient).map { $0 + Float(direction * step * Double($1)) }
        parameter.replaceValue(Tensor(moved, shape: parameter.shape))
      }
      return try objective.evaluate().nats
    }
    let (near, far) = (try loss(1) - loss(-1), try loss(2) - loss(-2))
    let slope = (8 * near - far) / (12 * step)
    #expect(abs(slope / square - 1) < 1e-3, "\(Self.configurations[index]): \(slope) instead of \(square)")
  }
}
