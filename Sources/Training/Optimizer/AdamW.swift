import Autograd
import Kernels

/// AdamW over named parameters, with moments in float32 and master weights in float32 or bfloat16.
///
/// Decoupled weight decay (arXiv 1711.05101), none on norm gains. Frozen parameters have no state and never change.
public final class AdamW: Optimizer {
  /// What is kept for one trainable parameter.
  private struct Moments {
    let first: OptimizerTensor
    let second: OptimizerTensor

    init(_ entry: MasterWeights.Entry) {
      first = OptimizerTensor(name: "first_moment/" + entry.name, shape: entry.parameter.shape)
      second = OptimizerTensor(name: "second_moment/" + entry.name, shape: entry.parameter.shape)
    }
  }

  public let configuration: OptimizerConfiguration
  private let masters: MasterWeights
  private let moments: [Moments]

  public init(_ masters: MasterWeights, configuration: OptimizerConfiguration) {
    self.masters = masters
    self.configuration = configuration
    moments = masters.entries.map(Moments.init)
  }

  /// Brings the trainable parameters to the data type of the master weights and makes their state, all zeros.
  /// - Parameter parameters: all parameters of a model with their names, the frozen ones included.
  public convenience init(
    _ parameters: [(name: String, parameter: Parameter)], configuration: OptimizerConfiguration,
    masterWeights: MasterWeightsConfiguration, seed: UInt64
  ) {
    self.init(MasterWeights(parameters, configuration: masterWeights, seed: seed), configuration: configuration)
  }

  public var parameters: [(name: String, parameter: Parameter)] { masters.parameters }

  public var state: [OptimizerTensor] {
    zip(masters.entries, moments).flatMap { entry, moments in
      [moments.first, moments.second] + (entry.compensation.map { [$0] } ?? [])
    }
  }

  public func update(step: Int, learningRate: Double, weightDecay: Double, gradientScale: Double) {
    for (entry, moments) in zip(masters.entries, moments) {
      guard let gradient = entry.parameter.gradient else { continue }
      let update = AdamWUpdate(
        number: step + 1, learningRate: learningRate, weightDecay: entry.parameter.role.decays ? weightDecay : 0,
        beta1: configuration.beta1, beta2: configuration.beta2, epsilon: configuration.epsilon,
        gradientScale: gradientScale, seed: masters.seed,
        stream: AdamWUpdate.roundingStream(parameter: entry.position, step: step))
      let state = AdamWUpdate.State(
        gradient: gradient.floats, firstMoment: moments.first.tensor.floats,
        secondMoment: moments.second.tensor.floats, count: gradient.shape.count)
      entry.parameter.update { apply(update, to: $0, state, compensation: entry.compensation?.tensor) }
      entry.parameter.gradient = nil
    }
  }

  /// Updates at the learning rate and decay of the configuration.
  public func update(step: Int) {
    update(
      step: step, learningRate: configuration.learningRate, weightDecay: configuration.weightDecay, gradientScale: 1)
  }

  private func apply(_ update: AdamWUpdate, to value: Tensor, _ state: AdamWUpdate.State, compensation: Tensor?) {
    switch (masters.configuration.dataType, masters.configuration.rounding) {
    case (.float32, _): update.apply(to: value.floats, state)
    case (.bfloat16, .nearest): update.applyRoundingToNearest(to: value.bfloats, state)
    case (.bfloat16, .stochastic): update.applyRoundingStochastically(to: value.bfloats, state)
    case (.bfloat16, .kahan): update.applyCompensated(to: value.bfloats, compensation: compensation!.bfloats, state)
    }
  }
}
