import Kernels

extension Tensor {
  /// The matrix product over the last two axes: […, m, k] × […, k, n] → […, m, n], ranks 2 to 4.
  ///
  /// The leading axes broadcast. Transposed views are multiplied without being copied.
  public func matmul(_ right: Tensor) -> Tensor {
    require(
      shape.rank >= 2 && right.shape.rank >= 2 && shape[-1] == right.shape[-2],
      "shapes \(shape) and \(right.shape) do not multiply as matrices")
    let batch = shape.batch.broadcast(with: right.shape.batch)
    let result = Tensor(uninitialized: Shape(batch.array + [shape[-2], right.shape[-1]]))
    MatrixProduct(self, right, batch: batch).write(to: result.floats)
    return result.recorded(from: self, right, by: MatrixMultiplyBackward(left: detached, right: right.detached))
  }
}

extension Shape {
  /// The axes in front of the last two.
  fileprivate var batch: Shape { Shape(array.dropLast(2)) }
}

/// Y = A·B: dA = dY·Bᵀ, dB = Aᵀ·dY, summed over the axes along which they were broadcast. Saves both operands.
private struct MatrixMultiplyBackward: BackwardOperation {
  let left: Tensor
  let right: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    if inputs.wants(0) {
      add(outputGradient, right.transposed(), batch: outputGradient.shape.batch, like: left.shape, 0, inputs)
    }
    guard inputs.wants(1) else { return }
    let rows = outputGradient.shape.count / max(1, outputGradient.shape[-1])
    let sharesMatrix = right.shape.batch.count == 1 && left.shape.count == rows * left.shape[-1]
    if sharesMatrix && left.isContiguous {
      // One matrix for the whole batch: a single product sums over the batch on the way.
      let flat = left.reshaped(to: [rows, left.shape[-1]]).transposed()
      add(flat, outputGradient.reshaped(to: [rows, outputGradient.shape[-1]]), batch: [], like: right.shape, 1, inputs)
    } else {
      add(left.transposed(), outputGradient, batch: outputGradient.shape.batch, like: right.shape, 1, inputs)
    }
  }

  /// Delivers a product, straight into the gradient unless it has to be summed over a broadcast batch.
  private func add(
    _ a: Tensor, _ b: Tensor, batch: Shape, like operand: Shape, _ input: Int, _ inputs: GradientSink
  ) {
    let product = MatrixProduct(a, b, batch: batch)
    let productShape = Shape(batch.array + [a.shape[-2], b.shape[-1]])
    if productShape.count == operand.count {
      inputs.accumulate(to: input) { product.write(to: $0, isAdding: !$1) }
    } else {
      let gradient = Tensor(uninitialized: productShape)
      product.write(to: gradient.floats)
      inputs.add(gradient, to: input)
    }
  }
}
