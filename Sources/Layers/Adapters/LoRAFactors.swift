import Autograd
import Kernels

/// The two factors of an adapter, whose product s·B·A is added to a weight.
public struct LoRAFactors {
  /// [rank, inputs]
  public let a: Parameter
  /// [outputs, rank]
  public let b: Parameter
  public let scale: Float

  public init(a: Parameter, b: Parameter, scale: Float) {
    require(
      a.shape.rank == 2 && b.shape.rank == 2 && a.shape[0] == b.shape[1],
      "factors of shape \(a.shape) and \(b.shape) have no common rank")
    self.a = a
    self.b = b
    self.scale = scale
  }

  /// A from U(−1/√inputs, 1/√inputs), B zero: at first the adapter changes nothing.
  package init(weight: Shape, rank: Int, scale: Float, seed: UInt64, index: Int) {
    let (outputs, inputs) = (weight[0], weight[1])
    // Apart from the streams of the matrices, which are counted from 0.
    var stream = RandomStream(seed: seed, purpose: .initialization, substream: 1 << 48 | UInt64(index))
    let bound = 1 / Float(inputs).squareRoot()
    let values = (0..<rank * inputs).map { _ in (2 * stream.nextUniform() - 1) * bound }
    self.init(
      a: Parameter(Tensor(values, shape: [rank, inputs])),
      b: Parameter(.zeros([outputs, rank])), scale: scale)
  }

  func collectParameters(into list: inout ParameterList) {
    list.add("lora_A.weight", a)
    list.add("lora_B.weight", b)
  }

  /// W + s·B·A in the data type of W.
  package func merged(into weight: Tensor) -> Tensor {
    lowRankSum(weight, a: a.tensor, b: b.tensor, scale: scale)
  }
}
