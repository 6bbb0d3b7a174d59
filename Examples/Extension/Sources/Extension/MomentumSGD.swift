import Autograd
import Training

/// Stochastic gradient descent with heavy-ball momentum: m = μ·m + g, p = p − lr·(m + λ·p).
public final class MomentumSGD: Optimizer {
  private let masters: MasterWeights
  private let momentum: Float
  private let velocities: [OptimizerTensor]

  public init(_ masters: MasterWeights, momentum: Float = 0.9) {
    self.masters = masters
    self.momentum = momentum
    velocities = masters.entries.map { OptimizerTensor(name: "velocity/" + $0.name, shape: $0.parameter.shape) }
  }

  public var parameters: [(name: String, parameter: Parameter)] { masters.parameters }

  public var state: [OptimizerTensor] { velocities + masters.state }

  public func update(step: Int, learningRate: Double, weightDecay: Double, gradientScale: Double) {
    let (rate, scale) = (Float(learningRate), Float(gradientScale))
    for (entry, velocity) in zip(masters.entries, velocities) {
      guard let gradients = entry.parameter.gradient else { continue }
      let decay = entry.parameter.role.decays ? Float(weightDecay) : 0
      gradients.withFloats { gradients in
        velocity.update { velocities in
          masters.update(entry, step: step) { part in
            for (index, element) in part.elements.enumerated() {
              velocities[element] = momentum * velocities[element] + gradients[element] * scale
              part.changes[index] = -rate * (velocities[element] + decay * part.weights[index])
            }
          }
        }
      }
      entry.parameter.gradient = nil
    }
  }
}
