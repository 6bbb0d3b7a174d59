import Kernels

/// Activations quantised to 8 bits per row, ready for any number of `bitLinear` layers that share them.
///
/// The gradients of those layers flow to the unquantised tensor as if quantisation were the identity
/// (straight-through estimator, arXiv 1308.3432).
public struct QuantizedActivations {
  let codes: QuantizedRows
  /// The unquantised tensor, or just its shape and graph position.
  let source: Tensor
  public let shape: Shape

  /// The unquantised tensor, if it was to be kept.
  package var values: Tensor? { source.hasValues ? source : nil }

  /// - Parameter input: [..., features]; one scale per row.
  public init(_ input: Tensor) {
    let x = input.float32.contiguous
    let width = x.shape[-1]
    self.init(
      codes: QuantizedRows(x.floats, rows: x.shape.rowCount, columns: width),
      source: Tensor(graphPositionOf: x))
  }

  init(codes: QuantizedRows, source: Tensor) {
    (self.codes, self.source, shape) = (codes, source, source.shape)
  }
}

/// A weight matrix quantised for `bitLinear`, to be made once per change of the weights.
public struct QuantizedWeight {
  package let matrix: TernaryMatrix

  /// - Parameter weight: [outputFeatures, inputFeatures].
  public init(_ weight: Tensor, configuration: BitLinearConfiguration) {
    require(weight.shape.rank == 2, "a weight matrix has rank 2, got shape \(weight.shape)")
    let w = weight.detached.float32.contiguous
    matrix = TernaryMatrix(
      quantizing: w.floats, rows: w.shape[0], columns: w.shape[1], configuration: configuration)
  }

  public var shape: Shape { [matrix.rows, matrix.columns] }
}

/// The quantised linear layer of BitNet (arXiv 2310.11453, 2402.17764): y = (Σ q·code)·(γ / s), an exact integer
/// product.
///
/// - Parameters:
///   - input: codes q and scales s of [..., inputFeatures].
///   - weight: [outputFeatures, inputFeatures]: receives the gradient; its values are not read.
///   - quantized: the codes and γ of `weight`.
///   - residual: [..., outputFeatures], added to the product on its way to memory; nil: nothing.
/// - Returns: [..., outputFeatures].
public func bitLinear(
  _ input: QuantizedActivations, weight: Tensor, quantized: QuantizedWeight, residual: Tensor? = nil
) -> Tensor {
  require(
    weight.shape == quantized.shape, "a weight of shape \(weight.shape) was quantised as \(quantized.shape)")
  let (_, shape) = LinearShape.check(input.shape, weight.shape)
  let result = Tensor(uninitialized: shape)
  let operation = BitLinearBackward(activations: input.codes, weight: quantized.matrix)
  guard let residual = residual?.float32.contiguous else {
    quantized.matrix.multiply(input.codes, into: result.floats)
    return result.recorded(from: input.source, weight, by: operation)
  }
  require(residual.shape == shape, "a residual of shape \(residual.shape) for an output of shape \(shape)")
  quantized.matrix.multiply(input.codes, adding: residual.floats, into: result.floats)
  return result.recorded(from: input.source, weight, residual, by: operation)
}

/// Straight-through: dx = dy·(codes·γ), dW = dyᵀ·(q/s), dresidual = dy. Saves the 8-bit activations and the codes.
private struct BitLinearBackward: BackwardOperation {
  let activations: QuantizedRows
  let weight: TernaryMatrix

  private var isEmpty: Bool { activations.rows * weight.rows * weight.columns == 0 }

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    if inputs.count > 2 { inputs.add(outputGradient, to: 2) }
    guard inputs.wants(0) || inputs.wants(1) else { return }
    switch BackwardPrecision.current {
    case .bfloat16 where BFloat16Product.isAvailable && !isEmpty: multiplyInBFloat16(outputGradient, into: inputs)
    default: multiplyInFloat32(outputGradient, into: inputs)
    }
  }

  private func multiplyInBFloat16(_ outputGradient: Tensor, into inputs: GradientSink) {
    let product = BFloat16Product(outputGradient: outputGradient.floats, activations: activations, matrix: weight)
    inputs.lend(0) { inputGradient in
      inputs.lend(1) { product.multiply(into: inputGradient, and: $0) }
    }
  }

  private func multiplyInFloat32(_ outputGradient: Tensor, into inputs: GradientSink) {
    let shape: Shape = [weight.rows, weight.columns]
    if inputs.wants(0) {
      let dense = Tensor(uninitialized: shape)
      weight.dequantize(into: dense.floats)
      LinearGradients.input(outputGradient, weight: dense.floats, shape: shape, into: inputs, at: 0)
    }
    if inputs.wants(1) {
      let dense = Tensor(uninitialized: [activations.rows, activations.columns])
      activations.dequantize(into: dense.floats)
      LinearGradients.weight(outputGradient, input: dense.floats, shape: shape, into: inputs, at: 1)
    }
  }
}
