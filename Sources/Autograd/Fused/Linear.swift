import Kernels

/// y = x·Wᵀ in full precision.
///
/// The forward pass accumulates in the order of the input features, so that a row has the same bits alone and in a
/// batch; the backward pass is OpenBLAS.
/// - Parameters:
///   - input: [..., inputFeatures].
///   - weight: [outputFeatures, inputFeatures].
/// - Returns: [..., outputFeatures].
public func linear(_ input: Tensor, weight: Tensor) -> Tensor {
  let (rows, shape) = LinearShape.check(input.shape, weight.shape)
  let (x, w) = (input.float32.contiguous, weight.float32.contiguous)
  let result = Tensor(uninitialized: shape)
  PanelMatrix(w.floats, rows: w.shape[0], columns: w.shape[1])
    .multiply(x.floats, inputRows: rows, into: result.floats)
  return result.recorded(from: x, w, by: LinearBackward(input: x.detached, weight: w.detached))
}

/// dx = dy·W, dW = dyᵀ·x. Saves both operands.
private struct LinearBackward: BackwardOperation {
  let input: Tensor
  let weight: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    LinearGradients.input(outputGradient, weight: weight.floats, shape: weight.shape, into: inputs, at: 0)
    LinearGradients.weight(outputGradient, input: input.floats, shape: weight.shape, into: inputs, at: 1)
  }
}

enum LinearShape {
  /// The number of rows and the shape of the result; traps when the widths differ.
  static func check(_ input: Shape, _ weight: Shape) -> (rows: Int, result: Shape) {
    require(
      weight.rank == 2 && input.rank >= 1 && input[-1] == weight[1],
      "a weight of shape \(weight) does not fit rows of shape \(input)")
    var result = input
    result[-1] = weight[0]
    return (input.rowCount, result)
  }
}

/// The two matrix products of a linear layer's backward pass, added in place to what is there.
enum LinearGradients {
  /// dx (+)= dy·W
  static func input(
    _ outputGradient: Tensor, weight: UnsafePointer<Float>, shape: Shape, into inputs: GradientSink, at index: Int
  ) {
    let (outputs, width) = (shape[0], shape[1])
    inputs.accumulate(to: index) { destination, isFirst in
      FloatMatmul.multiply(
        m: outputGradient.shape.rowCount, n: width, k: outputs, a: outputGradient.floats, lda: outputs,
        b: weight, ldb: width, beta: isFirst ? 0 : 1, c: destination, ldc: width)
    }
  }

  /// dW (+)= dyᵀ·x
  static func weight(
    _ outputGradient: Tensor, input: UnsafePointer<Float>, shape: Shape, into inputs: GradientSink, at index: Int
  ) {
    let (outputs, width) = (shape[0], shape[1])
    inputs.accumulate(to: index) { destination, isFirst in
      FloatMatmul.multiply(
        m: outputs, n: width, k: outputGradient.shape.rowCount, a: outputGradient.floats, lda: outputs,
        transposeA: true, b: input, ldb: width, beta: isFirst ? 0 : 1, c: destination, ldc: width)
    }
  }
}
