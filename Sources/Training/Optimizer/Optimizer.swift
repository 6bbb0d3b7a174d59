import Autograd
import Kernels

/// Changes the trainable parameters of a model by their gradients.
///
/// `MasterWeights` takes care of the number format of the weights; what else an optimiser remembers is `OptimizerTensor`s,
/// which checkpoints save and restore. `Lion` is a short example, `Examples/Extension` has one outside of this package.
public protocol Optimizer: AnyObject {
  /// The trainable parameters, in the order of the model, with their names.
  var parameters: [(name: String, parameter: Parameter)] { get }

  /// Everything it keeps between steps, the same objects every time, with names that occur once: a run resumes with the
  /// same bytes when they, the weights and the number of the step are as they were.
  var state: [OptimizerTensor] { get }

  /// Updates every trainable parameter that has a gradient, and clears the gradients.
  /// - Parameters:
  ///   - step: optimiser steps done before this one.
  ///   - learningRate: of the schedule at this step.
  ///   - weightDecay: of the schedule at this step; for parameters whose role decays.
  ///   - gradientScale: multiplies the gradients: one over the number of tokens, times the factor of clipping.
  func update(step: Int, learningRate: Double, weightDecay: Double, gradientScale: Double)
}

/// A tensor that an optimiser keeps between steps, zeros at first: in every checkpoint under its name.
public final class OptimizerTensor {
  /// `kind/parameter`, such as `momentum/model.norm.weight`.
  public let name: String
  /// Contiguous; written in place.
  package let tensor: Tensor

  /// Zeros in float32.
  public convenience init(name: String, shape: Shape) {
    self.init(name: name, tensor: .zeros(shape))
  }

  /// - Parameter tensor: contiguous memory that nobody else uses.
  init(name: String, tensor: Tensor) {
    // The codes of the last log line lie in the same file.
    require(!name.hasPrefix("codes/"), "\(name) is not a name for the state of an optimiser: codes/ is taken")
    self.name = name
    self.tensor = tensor
  }

  public var shape: Shape { tensor.shape }

  /// All elements in row-major order.
  public var scalars: [Float] { tensor.scalars }

  /// Lends the elements, in row-major order, to be changed in place. float32 only.
  public func update<Result>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> Result) rethrows -> Result {
    require(tensor.dataType == .float32, "\(name) is \(tensor.dataType.rawValue), not float32")
    return try body(UnsafeMutableBufferPointer(start: tensor.floats, count: tensor.shape.count))
  }
}
