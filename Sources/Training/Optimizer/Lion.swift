import Autograd
import Kernels

/// Lion (arXiv 2302.06675): every weight moves by the learning rate, in the direction of the sign of a running mean of
/// gradients. One moment instead of two.
///
///     p = p − lr·(sign(β₁·m + (1 − β₁)·g) + λ·p)          m = β₂·m + (1 − β₂)·g
///
/// It wants a learning rate about a tenth of AdamW's, and a weight decay ten times as high.
public final class Lion: Optimizer {
  public let configuration: OptimizerConfiguration
  private let masters: MasterWeights
  private let momenta: [OptimizerTensor]

  /// - Parameter configuration: of which it uses the two betas.
  public init(_ masters: MasterWeights, configuration: OptimizerConfiguration) {
    self.configuration = configuration
    self.masters = masters
    momenta = masters.entries.map { OptimizerTensor(name: "momentum/" + $0.name, shape: $0.parameter.shape) }
  }

  public var parameters: [(name: String, parameter: Parameter)] { masters.parameters }

  public var state: [OptimizerTensor] { momenta + masters.state }

  public func update(step: Int, learningRate: Double, weightDecay: Double, gradientScale: Double) {
    let (beta1, beta2) = (Float(configuration.beta1), Float(configuration.beta2))
    let (rate, scale) = (Float(learningRate), Float(gradientScale))
    for (entry, momentum) in zip(masters.entries, momenta) {
      guard let gradients = entry.parameter.gradient else { continue }
      let decay = entry.parameter.role.decays ? Float(learningRate * weightDecay) : 0
      gradients.withFloats { gradients in
        momentum.update { moments in
          masters.update(entry, step: step) { part in
            for (index, element) in part.elements.enumerated() {
              let (gradient, moment) = (gradients[element] * scale, moments[element])
              let direction = beta1 * moment + (1 - beta1) * gradient
              let sign: Float = direction > 0 ? 1 : direction < 0 ? -1 : 0
              part.changes[index] = -(rate * sign) - decay * part.weights[index]
              moments[element] = beta2 * moment + (1 - beta2) * gradient
            }
          }
        }
      }
      entry.parameter.gradient = nil
    }
  }
}
