import Kernels

extension Tensor {
  /// A view with the axes in another order: axis `i` of the result is axis `axes[i]` of this tensor.
  public func permuted(_ axes: Int...) -> Tensor { permuted(axes) }

  public func permuted(_ axes: [Int]) -> Tensor {
    let order = axes.map(shape.resolved)
    require(order.sorted() == Array(0..<shape.rank), "\(axes) is not an order of the axes of shape \(shape)")
    return detached.reordered(order).recorded(from: self, by: PermuteBackward(order: order))
  }

  /// A view with two axes exchanged; by default the last two, the transpose of a matrix.
  public func transposed(_ axis0: Int = -2, _ axis1: Int = -1) -> Tensor {
    var order = Array(0..<shape.rank)
    order.swapAt(shape.resolved(axis0), shape.resolved(axis1))
    return permuted(order)
  }

  fileprivate func reordered(_ order: [Int]) -> Tensor {
    Tensor(
      storage: memory, shape: Shape(order.map { shape[$0] }), strides: Shape(order.map { strides[$0] }),
      offset: offset, dataType: dataType)
  }
}

/// y[…iₐ₀, iₐ₁…] = x[…i₀, i₁…]: dx is dy with the axes put back. Saves the order.
private struct PermuteBackward: BackwardOperation {
  let order: [Int]

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    var inverse = order
    for (axis, source) in order.enumerated() { inverse[source] = axis }
    inputs.add(outputGradient.reordered(inverse), to: 0)
  }
}
