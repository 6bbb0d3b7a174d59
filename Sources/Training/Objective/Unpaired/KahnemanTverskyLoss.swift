import Autograd
import Kernels

/// w·(1 − σ(±β(c − z))) of every answer, with + and the desirable weight for a good one, − and the undesirable one for a bad
/// one: KTO (arXiv 2402.01306). c is the log-ratio of policy to reference, summed over the tokens of the answer, and z how
/// far the policy is from the reference.
package struct KahnemanTverskyLoss {
  package let configuration: UnpairedLossConfiguration

  package init(_ configuration: UnpairedLossConfiguration) { self.configuration = configuration }

  /// - Parameters:
  ///   - logRatios: c, [answers].
  ///   - divergence: z, of which no gradient is taken.
  /// - Returns: [answers].
  package func callAsFunction(_ logRatios: Tensor, isDesirable: [Bool], divergence: Double) -> Tensor {
    require(logRatios.shape == [isDesirable.count], "\(isDesirable.count) labels of \(logRatios.shape) answers")
    let beta = Float(configuration.beta)
    // 1 − σ(x) loses what σ(−x) keeps.
    let slopes = Tensor(isDesirable.map { $0 ? -beta : beta }, shape: logRatios.shape)
    let weights = isDesirable.map { $0 ? configuration.desirableWeight : configuration.undesirableWeight }
    return ((logRatios - Float(divergence)) * slopes).sigmoid()
      * Tensor(weights.map(Float.init), shape: logRatios.shape)
  }

  /// z: the mean log-ratio of answers to prompts of others, at least 0.
  package static func divergence(policy: [Float], reference: [Float]) -> Double {
    let sum = zip(policy, reference).reduce(0) { $0 + Double($1.0) - Double($1.1) }
    return max(0, sum / Double(policy.count))
  }
}
