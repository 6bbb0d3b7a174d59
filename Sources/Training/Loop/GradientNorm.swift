import Autograd
import Kernels

/// The global norm of the gradients of an optimiser's parameters.
struct GradientNorm: ~Copyable {
  private let sumOfSquares: SumOfSquares

  init(_ optimizer: any Optimizer) {
    sumOfSquares = SumOfSquares(maximumCount: optimizer.parameters.map(\.parameter.shape.count).max() ?? 0)
  }

  /// The Euclidean norm over all gradients, accumulated in double precision in the order of the parameters.
  /// - Throws: `TrainingError.nonFiniteGradient` naming the first parameter with a NaN or infinite element.
  func callAsFunction(_ optimizer: any Optimizer, step: Int) throws -> Double {
    var sum = 0.0
    for (name, parameter) in optimizer.parameters {
      guard let gradient = parameter.gradient else { continue }
      let part = sumOfSquares(gradient.floats, count: gradient.shape.count)
      guard part.isFinite else { throw TrainingError.nonFiniteGradient(step: step, tensor: name) }
      sum += part
    }
    return sum.squareRoot()
  }
}
