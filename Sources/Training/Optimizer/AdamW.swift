import Autograd
import Kernels

/// AdamW over named parameters, with moments in float32 and master weights in float32 or bfloat16.
///
/// Decoupled weight decay (arXiv 1711.05101), none on norm gains. bfloat16 masters need `stochastic` or `kahan`
/// rounding to learn: a relative update below 2⁻⁹ is lost when it is rounded to nearest. Frozen parameters have no
/// state and never change.
public final class AdamW {
  /// What is kept for one trainable parameter.
  package struct Slot {
    package let name: String
    package let parameter: Parameter
    /// The parameter's position among all parameters of the model; part of the key of stochastic rounding.
    let position: Int
    /// float32, of the parameter's shape.
    package let firstMoment: Tensor
    /// float32, of the parameter's shape.
    package let secondMoment: Tensor
    /// bfloat16, of the parameter's shape; with `kahan` rounding only.
    package let compensation: Tensor?
  }

  public let configuration: OptimizerConfiguration
  public let masterWeights: MasterWeightsConfiguration
  package let slots: [Slot]
  private let seed: UInt64

  /// Brings the trainable parameters to the data type of the master weights and makes their state, all zeros.
  /// - Parameter parameters: all parameters of a model with their names, the frozen ones included.
  public init(
    _ parameters: [(name: String, parameter: Parameter)], configuration: OptimizerConfiguration,
    masterWeights: MasterWeightsConfiguration, seed: UInt64
  ) {
    self.configuration = configuration
    self.masterWeights = masterWeights
    self.seed = seed
    slots = parameters.enumerated().filter(\.element.parameter.isTrainable).map { position, element in
      let parameter = element.parameter
      Self.convert([parameter], to: masterWeights.dataType)
      return Slot(
        name: element.name, parameter: parameter, position: position,
        firstMoment: .zeros(parameter.shape), secondMoment: .zeros(parameter.shape),
        compensation: masterWeights.needsCompensation ? Tensor.zeros(parameter.shape).bfloat16 : nil)
    }
  }

  /// Gives parameters the data type of the master weights.
  package static func convert(_ parameters: [Parameter], to dataType: MasterWeightsConfiguration.DataType) {
    for parameter in parameters {
      switch (parameter.value.dataType, dataType) {
      case (.float32, .bfloat16): parameter.replaceValue(adopting: parameter.value.bfloat16)
      case (.bfloat16, .float32): parameter.replaceValue(adopting: parameter.value.float32)
      default: break
      }
    }
  }

  /// Updates every trainable parameter that has a gradient, and clears the gradients.
  /// - Parameters:
  ///   - step: optimiser steps done before this one.
  ///   - gradientScale: multiplies the gradients: one over the number of tokens, times the factor of clipping.
  public func update(step: Int, learningRate: Double, weightDecay: Double, gradientScale: Double) {
    for slot in slots {
      guard let gradient = slot.parameter.gradient else { continue }
      let decay = [.norm, .bias].contains(slot.parameter.role) ? 0 : weightDecay
      let update = AdamWUpdate(
        number: step + 1, learningRate: learningRate, weightDecay: decay, beta1: configuration.beta1,
        beta2: configuration.beta2, epsilon: configuration.epsilon, gradientScale: gradientScale, seed: seed,
        stream: AdamWUpdate.roundingStream(parameter: slot.position, step: step))
      let state = AdamWUpdate.State(
        gradient: gradient.floats, firstMoment: slot.firstMoment.floats, secondMoment: slot.secondMoment.floats,
        count: gradient.shape.count)
      slot.parameter.update { apply(update, to: $0, state, compensation: slot.compensation) }
      slot.parameter.gradient = nil
    }
  }

  /// Updates at the learning rate and decay of the configuration.
  public func update(step: Int) {
    update(
      step: step, learningRate: configuration.learningRate, weightDecay: configuration.weightDecay, gradientScale: 1)
  }

  private func apply(_ update: AdamWUpdate, to value: Tensor, _ state: AdamWUpdate.State, compensation: Tensor?) {
    switch (masterWeights.dataType, masterWeights.rounding) {
    case (.float32, _): update.apply(to: value.floats, state)
    case (.bfloat16, .nearest): update.applyRoundingToNearest(to: value.bfloats, state)
    case (.bfloat16, .stochastic): update.applyRoundingStochastically(to: value.bfloats, state)
    case (.bfloat16, .kahan): update.applyCompensated(to: value.bfloats, compensation: compensation!.bfloats, state)
    }
  }
}

extension MasterWeightsConfiguration {
  var needsCompensation: Bool { dataType == .bfloat16 && rounding == .kahan }
}
